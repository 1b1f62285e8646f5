"""Plugin machinery: discovery, loading, catalogue, hook tables and plans. It knows kinds, never names."""
