from supergraph.gateway.bounded_cache import BoundedCache


def test_what_was_used_longest_ago_leaves_first():
    cache: BoundedCache[str, int] = BoundedCache(entries=2, weight=100)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_heavy_values_push_out_as_many_as_they_need():
    cache: BoundedCache[str, int] = BoundedCache(entries=10, weight=10)
    for key in "abc":
        cache.put(key, 0, weight=3)
    cache.put("d", 0, weight=7)
    assert [cache.get(key) is not None for key in "abcd"] == [False, False, True, True]


def test_a_value_heavier_than_the_cache_is_not_kept():
    cache: BoundedCache[str, int] = BoundedCache(entries=10, weight=10)
    cache.put("a", 0, weight=4)
    cache.put("b", 0, weight=11)
    assert (cache.get("a"), cache.get("b")) == (0, None)


def test_a_value_put_again_counts_once():
    cache: BoundedCache[str, int] = BoundedCache(entries=10, weight=10)
    for value in range(20):
        cache.put("a", value, weight=6)
    cache.put("b", 0, weight=4)
    assert (cache.get("a"), cache.get("b"), len(cache)) == (19, 0, 2)


def test_what_is_got_most_often_is_hottest():
    cache = BoundedCache(entries=3, weight=10)
    for key in "abc":
        cache.put(key, key)
    for key in "bbcb":
        cache.get(key)
    assert cache.hottest(2) == [("b", 3), ("c", 1)]
    cache.credit("a", 9)
    cache.credit("not kept", 9)
    assert cache.hottest(1) == [("a", 9)]
