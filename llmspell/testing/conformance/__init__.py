"""The conformance list of script engines: 99 behaviours as data, the spells that show them, and the record of results.

For the author of an engine
---------------------------
Make a folder `tests/conformance` beside the tests of your plugin and subclass the contract:

    class TestMine(EngineContract):
        plugin = "llmspell_engine_mine.plugin"
        spells = Path(__file__).parent / "conformance"

The folder holds

    NNN_words.ext   one spell for each item; `asks` of the item (in the module of its group) says what it does
    modules/        the files that spells of items with `modules=True` require or import
    machine/        small sources for the machine alone: `value.ext`, `call.ext`, ... (see `EngineMachineContract`)
    record.json     what the tests found, written by `pytest --record-conformance`; afterwards a cell that differs fails

Each spell is run as `llmspell run` would run it: a real application in an empty folder, only your plugin, the built-in
ones and the tools of `props.py` (`echo`, `tell`, `fail`, `crash`, `meet`, `wait_for`, `open_gate`, `call`,
`call_from_thread`, `keep`, `callbacks`), the scripted model with the item's `steps`; inline and in a child process.

A cell says `holds`; `child only`, with `child_only = {number: reason}` where it cannot hold in the kernel's process;
`lacks`, with `lacks = {number: reason}`; or `n/a`, when the item asks something of other languages only. Where there is
a spell for a marked item it is tried all the same, and a mark that is not needed fails; `untried("...")` is the reason
of one that would hang or end the tests themselves.

For the author of an item
-------------------------
Items live in one module for each group, collected by `items.py`. An item says what the spell is given, what must come
of it (`expect.py`; or any function of the `Outcome`), and what happens beside and after it (functions of the
`Stage`). Time is never measured: either the clock stands still (`wakes=(2,)`: when two are asleep at once, the next one
due is woken) or calls wait for each other (`meet`, `wait_for` and `open_gate`). What waits in vain ends by the wall
clock of the item's limits, as an error that fails its checks.
"""
