"""An audit log whose edits, gaps and cuts are found."""
