"""
What holds a sleep or a clock is found by each mock, however it came to hold it since the mock before.

`test_remembered_places` runs these tests in a process of their own, because most of them search the heap.
"""

from __future__ import annotations

import asyncio
import collections
import ctypes
import datetime
import gc
import importlib
import subprocess
import sys
import threading
import time
import types
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from batchmock import mock_batch

START = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
SECONDS = START.timestamp()
#: Holders that exist before any mock of these tests.
OLD_MODULE = types.ModuleType("old_module_of_remembered_places")
OLD_INSTANCE = types.SimpleNamespace(read=None)
OLD_LIST: list[Any] = [None]
OLD_DEQUE: collections.deque[Any] = collections.deque([None])
OLD_DICT: dict[str, Any] = {"read": None}


class OldClass:
    """A class without a clock at first."""

    read: Any = None
    __slots__ = ("slot",)


def old_function(read: Any = None) -> Any:
    """Return what a default argument is."""
    return read


def other_old_function(read: Any = None) -> Any:
    """Return what a default argument is."""
    return read


@pytest.fixture(autouse=True)
def old_module() -> Iterator[None]:
    """Import the module, with a first mock after that."""
    sys.modules[OLD_MODULE.__name__] = OLD_MODULE
    vars(OLD_MODULE).update(read=None, kind=None)
    with mock_batch(advance="sleep"):
        pass
    yield
    del sys.modules[OLD_MODULE.__name__]
    for name in ("read", "kind", "new"):
        vars(OLD_MODULE).pop(name, None)
    OLD_INSTANCE.read = OLD_DICT["read"] = OLD_LIST[0] = OLD_DEQUE[0] = OldClass.read = None
    old_function.__defaults__ = other_old_function.__defaults__ = (None,)


def _in_a_module() -> Callable[[], Any]:
    vars(OLD_MODULE)["read"] = time.time
    return lambda: vars(OLD_MODULE)["read"]


def _in_a_new_attribute() -> Callable[[], Any]:
    vars(OLD_MODULE)["new"] = time.time
    return lambda: vars(OLD_MODULE)["new"]


def _in_an_instance() -> Callable[[], Any]:
    OLD_INSTANCE.read = time.time
    return lambda: OLD_INSTANCE.read


def _in_a_class() -> Callable[[], Any]:
    OldClass.read = time.time
    return lambda: vars(OldClass)["read"]


def _in_a_static_method() -> Callable[[], Any]:
    OldClass.read = staticmethod(time.time)
    return lambda: OldClass.read


def _in_a_slot() -> Callable[[], Any]:
    instance = OldClass()
    instance.slot = time.time
    return lambda: instance.slot


def _in_a_default_argument() -> Callable[[], Any]:
    old_function.__defaults__ = (time.time,)
    return old_function


def _in_a_list() -> Callable[[], Any]:
    OLD_LIST[0] = time.time
    return lambda: OLD_LIST[0]


def _in_a_deque() -> Callable[[], Any]:
    OLD_DEQUE[0] = time.time
    return lambda: OLD_DEQUE[0]


def _in_a_dict() -> Callable[[], Any]:
    OLD_DICT["read"] = time.time
    return lambda: OLD_DICT["read"]


def _in_a_tuple_in_a_list() -> Callable[[], Any]:
    OLD_LIST[0] = (time.time, 1)
    return lambda: OLD_LIST[0][0]


def _in_a_tuple_in_a_tuple() -> Callable[[], Any]:
    vars(OLD_MODULE)["read"] = ((time.time,), 1)
    return lambda: vars(OLD_MODULE)["read"][0][0]


def _in_a_partial_function() -> Callable[[], Any]:
    read = partial(time.time)
    return lambda: read


def _in_a_closure() -> Callable[[], Any]:
    read = time.time
    return lambda: read


WAYS = [
    _in_a_module,
    _in_a_new_attribute,
    _in_an_instance,
    _in_a_class,
    _in_a_static_method,
    _in_a_slot,
    _in_a_default_argument,
    _in_a_list,
    _in_a_deque,
    _in_a_dict,
    _in_a_tuple_in_a_list,
    _in_a_tuple_in_a_tuple,
    _in_a_partial_function,
    _in_a_closure,
]


@pytest.mark.parametrize("hold", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_a_clock_that_is_held_since_the_last_mock(hold: Callable[[], Callable[[], Any]]) -> None:
    """A clock that an existing object has come to hold between two mocks is simulated, and put back."""
    held = hold()
    for _ in range(3):
        with mock_batch(advance="sleep", start=START):
            assert held()() == SECONDS
        assert held()() > SECONDS + 1


@pytest.mark.parametrize("hold", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_a_holder_that_has_changed_places(hold: Callable[[], Callable[[], Any]]) -> None:
    """One holder less and one more between two mocks: the new one is found."""
    before = types.SimpleNamespace(read=time.time)
    with mock_batch(advance="sleep", start=START):
        assert before.read() == SECONDS
    held = hold()
    before.read = None
    with mock_batch(advance="sleep", start=START):
        assert held()() == SECONDS


def _enter_and_leave() -> None:
    with mock_batch(advance="sleep", start=START):
        pass


def _a_variable() -> None:
    read = time.time
    _enter_and_leave()
    assert read() > SECONDS


def _an_argument() -> None:
    def call(read: Any) -> None:
        _enter_and_leave()
        assert read() > SECONDS

    call(time.time)


def _a_variable_of_a_thread() -> None:
    started, ends = threading.Event(), threading.Event()

    def run(read: Any) -> None:
        started.set()
        ends.wait()
        assert read() > SECONDS

    thread = threading.Thread(target=run, args=(time.time,))
    thread.start()
    started.wait()
    _enter_and_leave()
    ends.set()
    thread.join()


def _a_variable_of_a_failed_function() -> None:
    def fail(read: Any, depth: int) -> None:
        if depth:
            fail(read, depth - 1)
        raise ValueError(read)

    try:
        fail(time.time, 10)
    except ValueError as error:
        kept = [error]
    _enter_and_leave()
    kept.clear()


def _a_variable_of_a_generator() -> None:
    def generate() -> Iterator[None]:
        read = time.time
        yield
        assert read() > SECONDS

    generator = generate()
    next(generator)
    _enter_and_leave()
    generator.close()


def _a_running_generator() -> None:
    def generate() -> Iterator[None]:
        read = time.time
        yield
        _enter_and_leave()
        assert read() > SECONDS

    assert [*generate()] == [None]


def _a_coroutine() -> None:
    async def run() -> None:
        read = time.time
        await asyncio.sleep(0)
        _enter_and_leave()
        assert read() > SECONDS

    asyncio.run(run())


def _a_list_in_a_variable() -> None:
    clocks = [(time.time,)]
    _enter_and_leave()
    assert clocks[0][0]() > SECONDS


def _a_key() -> None:
    names = {time.time: "time"}
    _enter_and_leave()
    assert names


PASSING = [
    _a_variable,
    _an_argument,
    _a_variable_of_a_thread,
    _a_variable_of_a_failed_function,
    _a_variable_of_a_generator,
    _a_running_generator,
    _a_coroutine,
    _a_list_in_a_variable,
    _a_key,
]


@pytest.mark.parametrize("hold", [_in_a_module, _in_an_instance, _in_a_tuple_in_a_list])
@pytest.mark.parametrize("hold_for_now", PASSING, ids=lambda way: way.__name__.strip("_"))
def test_a_holder_that_comes_as_a_variable_goes(
    hold_for_now: Callable[[], None], hold: Callable[[], Callable[[], Any]]
) -> None:
    """What held a clock during the last mock only does not hide what holds one since."""
    for _ in range(2):
        hold_for_now()
        held = hold()
        with mock_batch(advance="sleep", start=START):
            assert held()() == SECONDS
        OLD_INSTANCE.read = OLD_LIST[0] = vars(OLD_MODULE)["read"] = None


def _of_a_copied_function() -> Callable[[], Any]:
    code, names = old_function.__code__, old_function.__globals__
    return types.FunctionType(code, names, "copied", old_function.__defaults__)


def _of_an_old_function() -> Callable[[], Any]:
    other_old_function.__defaults__ = old_function.__defaults__
    return other_old_function


@pytest.mark.parametrize("share", [_of_a_copied_function, _of_an_old_function])
def test_default_arguments_that_another_function_shares(
    share: Callable[[], Callable[[], Any]],
) -> None:
    """A function that has come to share the default arguments of another is found."""
    held = _in_a_default_argument()
    for _ in range(2):
        with mock_batch(advance="sleep", start=START):
            assert held()() == SECONDS
    sharing = share()
    for _ in range(2):
        with mock_batch(advance="sleep", start=START):
            assert held()() == sharing()() == SECONDS
        assert sharing()() > SECONDS + 1


def test_a_class_of_dates_that_a_module_holds_since_the_last_mock() -> None:
    """A date class under a name that a module had already is simulated too."""
    vars(OLD_MODULE)["kind"] = datetime.datetime
    with mock_batch(advance="sleep", start=START):
        assert vars(OLD_MODULE)["kind"].now().timestamp() == SECONDS
    assert vars(OLD_MODULE)["kind"] is datetime.datetime


def test_a_bound_method_of_a_class_of_dates() -> None:
    """A bound `datetime.utcnow` that was made since the last mock is simulated."""
    for _ in range(3):
        OLD_INSTANCE.read = datetime.datetime.utcnow
        with mock_batch(advance="sleep", start=START):
            assert OLD_INSTANCE.read().isoformat() == START.replace(tzinfo=None).isoformat()


@pytest.mark.parametrize("generations", [(0,), (1,), (2,), (0, 1), (1, 2), (2, 2)])
def test_a_bound_method_that_has_grown_old(generations: tuple[int, ...]) -> None:
    """So is one that has survived collections since, of some or of all generations."""
    OLD_INSTANCE.read = datetime.datetime.utcnow
    for generation in generations:
        gc.collect(generation)
    with mock_batch(advance="sleep", start=START):
        assert OLD_INSTANCE.read().isoformat() == START.replace(tzinfo=None).isoformat()


def test_a_bound_method_that_grew_old_without_a_callback() -> None:
    """So is one that has survived a collection after the callbacks of the collector were removed."""
    gc.callbacks.clear()
    OLD_INSTANCE.read = datetime.datetime.utcnow
    gc.collect(1)
    with mock_batch(advance="sleep", start=START):
        assert OLD_INSTANCE.read().isoformat() == START.replace(tzinfo=None).isoformat()


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="other Pythons create frames at once")
def test_no_callback_while_a_frame_is_created() -> None:
    """Python 3.11 calls back while it creates frames, which may end meanwhile, so nothing is registered."""
    before = [*gc.callbacks]
    with mock_batch(advance="sleep", start=START):
        pass
    assert gc.callbacks == before


def test_bound_methods_that_come_and_go() -> None:
    """Only the ones that are held when a mock starts matter."""
    for _ in range(3):
        OLD_LIST[0] = [datetime.datetime.utcnow, datetime.date.today]
        gc.collect(1)
        OLD_LIST[0] = [datetime.date.today]
        gc.collect(1)
        with mock_batch(advance="sleep", start=START):
            assert OLD_LIST[0][0]() == START.date()


def test_a_module_that_is_loaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reloaded module has simulated clocks in the next mock."""
    (tmp_path / "reloaded_module.py").write_text(
        "from time import time as read\ndef default(read=read): return read()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("reloaded_module")
    for _ in range(3):
        with mock_batch(advance="sleep", start=START):
            assert module.read() == module.default() == SECONDS
        module = importlib.reload(module)
    del sys.modules["reloaded_module"]


def test_a_patch_that_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that was patched away during a mock is simulated once it is back."""
    _in_a_module()
    with monkeypatch.context() as patch:
        patch.setattr(OLD_MODULE, "read", lambda: 0.0)
        with mock_batch(advance="sleep", start=START):
            assert vars(OLD_MODULE)["read"]() == 0
    with mock_batch(advance="sleep", start=START):
        assert vars(OLD_MODULE)["read"]() == SECONDS


WITHOUT_A_SEARCH = """
import gc
import sys
import time
import timeit
from functools import partial
from batchmock import mock_batch

try:
    import uvloop
except ImportError:
    pass

class Poller:
    pause = time.sleep
    def __init__(self, clock=time.time):
        self.clocks = [clock, (time.monotonic, 1)]
        self.names = {time.time: "time", "time": time.perf_counter}

poller = Poller()
later = partial(time.sleep, 1)
timer = timeit.Timer("with mock_batch(advance='sleep'): pass", "from batchmock import mock_batch")
with mock_batch(advance="sleep"):
    pass

from batchmock.walltime.patching import replacements
replacements.search = None
for _ in range(5):
    for generation in (0, 1, 2):
        gc.collect(generation)
    with mock_batch(advance="sleep", start="2026-01-02T03:04:05Z"):
        assert poller.clocks[0]() == 1767323045
        later()
        poller.pause(1)
        assert poller.clocks[0]() == 1767323047

# The functions of timeit hold a clock. On Python 3.10, so do their calls.
if sys.version_info >= (3, 11):
    timer.repeat(repeat=2, number=3)
"""


def test_nothing_new_means_no_search() -> None:
    """
    A mock does not search the heap while everything is where it was, even if garbage is collected.

    Nor in code that is timed with timeit, or with uvloop, whose variables in C hold clocks.
    """
    # In this process, other tests may have left objects behind that nothing refers to.
    subprocess.run([sys.executable, "-c", WITHOUT_A_SEARCH], check=True)


AFTER_ONE_SEARCH = """
import gc
import time
import freezegun
from batchmock import mock_batch

class Poller:
    def __init__(self):
        self.pause = time.sleep

with freezegun.freeze_time("2020-02-02"):
    pass
with mock_batch(advance="sleep"):
    pass
pollers = []
find_referrers = gc.get_referrers
for _ in range(3):
    pollers.append(Poller())
    gc.get_referrers = find_referrers
    with mock_batch(advance="sleep") as mock:
        pollers[-1].pause(5)
        assert mock.sleeps == [5]
    gc.get_referrers = None
    for _ in range(2):
        with mock_batch(advance="sleep") as mock:
            for each in pollers:
                each.pause(5)
            assert mock.sleeps == [5] * len(pollers)
"""


def test_one_search_finds_a_new_holder() -> None:
    """A new object is searched for once, also if freezegun was used before and keeps clocks in tuples."""
    subprocess.run([sys.executable, "-c", AFTER_ONE_SEARCH], check=True)


SEARCHES_FOR_A_NEW_HOLDER = """
import gc
import sys
import time
from batchmock import mock_batch

with mock_batch(advance="sleep"):
    pass
searches = 0

def count(frame, event, function):
    global searches
    searches += event == "c_call" and function is gc.get_referrers

class Poller:
    def __init__(self):
        self.pause = time.sleep

poller = Poller()
mock = mock_batch(advance="sleep")
sys.setprofile(count)
running = mock.start()
sys.setprofile(None)
poller.pause(5)
assert running.sleeps == [5]
mock.stop()
# The second finds the object that an attribute dict belongs to.
assert 1 <= searches <= 2, searches
"""


SEARCHES_BESIDE_AN_EXCEPTION = """
import gc
import sys
import time
from batchmock import mock_batch

def fail(sleep, depth):
    if depth:
        fail(sleep, depth - 1)
    raise ValueError

with mock_batch(advance="sleep"):
    pass
try:
    fail(time.sleep, 10)
except ValueError as error:
    kept = [error]
searches = 0

def count(frame, event, function):
    global searches
    searches += event == "c_call" and function is gc.get_referrers

for _ in range(2):
    mock = mock_batch(advance="sleep")
    sys.setprofile(count)
    mock.start()
    sys.setprofile(None)
    mock.stop()
assert searches == 2, searches
"""


def test_searches_beside_an_exception() -> None:
    """While an exception is kept whose functions have a sleep in a variable, each mock searches once."""
    subprocess.run([sys.executable, "-c", SEARCHES_BESIDE_AN_EXCEPTION], check=True)


def test_search_for_a_new_holder() -> None:
    """The search for one new holder goes through the heap once or twice."""
    subprocess.run([sys.executable, "-c", SEARCHES_FOR_A_NEW_HOLDER], check=True)


def test_a_tuple_that_moves() -> None:
    """A tuple with a clock that is held by another object than in the mock before is replaced there."""
    OLD_LIST[0] = held = (time.time, 1)
    with mock_batch(advance="sleep", start=START):
        assert OLD_LIST[0][0]() == SECONDS
    OLD_LIST[0], OLD_DICT["read"] = None, held
    del held
    for _ in range(2):
        with mock_batch(advance="sleep", start=START):
            assert OLD_DICT["read"][0]() == SECONDS


def test_what_held_a_clock_can_be_collected() -> None:
    """Nothing is kept alive because it held a clock."""

    class Local:
        """A class of this test."""

        read = time.time

        def __init__(self) -> None:
            self.readers = [time.time, {"read": time.time}]

    instance = Local()
    watched = [weakref.ref(Local), weakref.ref(instance)]
    with mock_batch(advance="sleep"):
        pass
    del Local, instance
    gc.collect()
    assert [each() for each in watched] == [None, None]


def test_objects_that_claim_to_be_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects in `sys.modules` that only claim to be modules, as those of cffi do, do not end the search."""

    class Library:
        __slots__ = ("sleep",)
        __class__ = types.ModuleType

    library = Library()
    library.sleep = time.sleep
    monkeypatch.setitem(sys.modules, "library", library)
    for _ in range(2):
        with mock_batch(region="us-east-1", advance="sleep") as mock:
            library.sleep(60)
            assert mock.sleeps == [60]
    assert library.sleep is time.sleep


class ComputedDict:
    """A proxy that is not bound to an object."""

    __slots__ = ("sleep",)

    @property
    def __dict__(self) -> Any:
        raise RuntimeError("There is no current object.")


class ComputedClass:
    """Another such proxy."""

    __slots__ = ("sleep",)

    @property
    def __class__(self) -> Any:
        raise RuntimeError("There is no current object.")


class ComputedAttributes:
    """A proxy of which no attribute can be read."""

    sleep: Any

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("There is no current object.")


class Incomparable:
    """An object that cannot be compared."""

    __slots__ = ("sleep",)
    __hash__ = None

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("There is no current object.")


PROXIES = [ComputedDict, ComputedClass, ComputedAttributes, Incomparable]


@pytest.mark.parametrize("is_module", [False, True], ids=["somewhere", "in sys.modules"])
@pytest.mark.parametrize("kind", PROXIES)
def test_objects_whose_code_is_not_run(
    kind: Any, is_module: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that holds a sleep is found, and put back, without its code, which may fail."""
    proxy = object.__new__(kind)
    object.__setattr__(proxy, "sleep", time.sleep)
    if is_module:
        monkeypatch.setitem(sys.modules, "proxy", proxy)
    for _ in range(3):
        with mock_batch(region="us-east-1", advance="sleep") as mock:
            object.__getattribute__(proxy, "sleep")(60)
            assert mock.sleeps == [60]
    assert object.__getattribute__(proxy, "sleep") is time.sleep


def _refuse(*_: Any, **__: Any) -> Any:
    raise RuntimeError("Nothing can be read or changed here.")


def _class_of(metaclass: type) -> Callable[[], Any]:
    bases = (ctypes.Structure,) if metaclass is type(ctypes.Structure) else ()
    kind = metaclass("Holder", bases, {"sleep": staticmethod(time.sleep)})
    return lambda: type.__getattribute__(kind, "sleep")


def _in_a_class_that_refuses() -> Callable[[], Any]:
    return _class_of(type("Frozen", (type,), {"__setattr__": _refuse}))


def _in_a_class_with_a_metaclass_in_c() -> Callable[[], Any]:
    return _class_of(type(ctypes.Structure))


def _in_a_class_without_a_module() -> Callable[[], Any]:
    names: dict[str, Any] = {"sleep": time.sleep}
    exec("class Holder:\n    sleep = staticmethod(sleep)", names)
    kind = names.pop("Holder")
    names.clear()
    return lambda: kind.sleep


def _in_a_module_that_was_removed() -> Callable[[], Any]:
    module = types.ModuleType("removed_module")
    vars(module)["sleep"] = time.sleep
    return lambda: vars(module)["sleep"]


def _in_a_class_with_computed_attributes() -> Callable[[], Any]:
    computed = dict.fromkeys(("__dict__", "__mro__", "__weakrefoffset__"), property(_refuse))
    return _class_of(type("Computed", (type,), computed))


def _in_an_instance_of_a_class_with_computed_attributes() -> Callable[[], Any]:
    computed = dict.fromkeys(("__dict__", "__mro__", "__weakrefoffset__"), property(_refuse))
    kind = type("Computed", (type,), computed)("Holder", (), {"__slots__": ("sleep",)})
    holder = kind()
    holder.sleep = time.sleep
    return lambda: holder.sleep


def _subclass_of(kind: type, *names: str) -> Any:
    return type("Frozen", (kind,), dict.fromkeys(names, _refuse))


def _in_a_dict_that_refuses() -> Callable[[], Any]:
    methods = ("__setitem__", "__getitem__", "__iter__", "get", "items", "keys", "values")
    holder = _subclass_of(dict, *methods)(sleep=time.sleep)
    return lambda: dict.get(holder, "sleep")


def _in_a_list_that_refuses() -> Callable[[], Any]:
    holder = _subclass_of(list, "__setitem__", "__iter__", "__len__")([time.sleep])
    return lambda: list.__getitem__(holder, 0)


def _in_a_deque_that_refuses() -> Callable[[], Any]:
    holder = _subclass_of(collections.deque, "__setitem__", "__iter__", "__len__")([time.sleep])
    return lambda: collections.deque.__getitem__(holder, 0)


def _in_a_tuple_that_refuses() -> Callable[[], Any]:
    methods = ("__new__", "__iter__", "__getitem__", "__getattr__", "__len__")
    kind = _subclass_of(tuple, *methods)
    holder = [tuple.__new__(kind, (time.sleep,))]
    return lambda: tuple.__getitem__(holder[0], 0)


def _in_a_partial_that_refuses() -> Callable[[], Any]:
    methods = ("__setstate__", "__setattr__", "__reduce__")
    holder = _subclass_of(partial, *methods)(partial, time.sleep)
    return lambda: holder.args[0]


def _in_a_dict_like_that_of_a_class() -> Callable[[], Any]:
    holder = {"__module__": "somewhere", "sleep": time.sleep}
    return lambda: holder["sleep"]


def _in_a_dict_like_that_of_a_module() -> Callable[[], Any]:
    holder = {"__name__": object.__new__(ComputedAttributes), "sleep": time.sleep}
    return lambda: holder["sleep"]


REFUSING = [
    _in_a_class_that_refuses,
    _in_a_class_with_a_metaclass_in_c,
    _in_a_class_without_a_module,
    _in_a_module_that_was_removed,
    _in_a_class_with_computed_attributes,
    _in_an_instance_of_a_class_with_computed_attributes,
    _in_a_dict_that_refuses,
    _in_a_list_that_refuses,
    _in_a_deque_that_refuses,
    _in_a_tuple_that_refuses,
    _in_a_partial_that_refuses,
    _in_a_dict_like_that_of_a_class,
    _in_a_dict_like_that_of_a_module,
]


@pytest.mark.parametrize("hold", REFUSING, ids=lambda way: way.__name__.strip("_"))
def test_what_refuses_to_be_changed(hold: Callable[[], Callable[[], Any]]) -> None:
    """What refuses changes, or computes what it holds, is changed and put back without its code."""
    held = hold()
    for _ in range(3):
        with mock_batch(region="us-east-1", advance="sleep") as mock:
            held()(60)
            assert mock.sleeps == [60]
        assert held() is time.sleep


def test_a_tuple_that_becomes_the_default_arguments_of_a_function() -> None:
    """A tuple that a list holds, and a function has come to share, is replaced in both."""
    OLD_LIST[0] = (time.time,)
    for _ in range(2):
        with mock_batch(advance="sleep", start=START):
            assert OLD_LIST[0][0]() == SECONDS
    old_function.__defaults__ = OLD_LIST[0]
    for _ in range(2):
        with mock_batch(advance="sleep", start=START):
            assert OLD_LIST[0][0]() == old_function()() == SECONDS
        assert old_function()() > SECONDS + 1


def test_an_object_that_is_put_in_the_place_of_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test puts into `sys.modules` during a mock is put back as well, and never compared."""
    monkeypatch.setitem(sys.modules, "stand_in", Incomparable())
    with mock_batch(advance="sleep"):
        monkeypatch.setitem(sys.modules, "stand_in", Incomparable())
    with mock_batch(advance="sleep"):
        stand_in = types.SimpleNamespace(sleep=time.sleep)
        monkeypatch.setitem(sys.modules, "stand_in", stand_in)
    assert stand_in.sleep is time.sleep
