from benchmarks.endurance import Size, both_ends


def test_the_start_after_a_warm_up_stands_beside_the_end():
    samples = [
        (float(at_s), {"web": Size(process_id=7, memory_mib=at_s / 10, descriptors=9, threads=2)})
        for at_s in range(0, 2400, 300)
    ]
    figures = both_ends(samples, seconds=2400.0)
    assert figures["start"] == {"web": {"memory_mib": 45.0, "descriptors": 9.0, "threads": 2.0}}
    assert figures["end"] == {"web": {"memory_mib": 195.0, "descriptors": 9.0, "threads": 2.0}}
