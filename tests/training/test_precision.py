import keras

from webapp.training.precision import AUTO, FULL, MIXED, _processor_flags, precision


def test_the_policy_holds_inside_and_is_put_back():
    with precision(MIXED) as policy:
        assert policy == MIXED
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == FULL


def test_auto_takes_what_this_machine_does_well():
    with precision(AUTO) as policy:
        assert policy in (FULL, MIXED)


def test_the_flags_of_every_processor_are_read(tmp_path):
    (tmp_path / "cpuinfo").write_text(
        "model name\t: X\nflags\t\t: fpu avx512_bf16\n\nflags : fpu amx_bf16\n"
    )
    assert {"amx_bf16", "avx512_bf16"} <= _processor_flags(tmp_path / "cpuinfo")


def test_no_cpuinfo_means_no_flags(tmp_path):
    assert _processor_flags(tmp_path / "none") == set()
