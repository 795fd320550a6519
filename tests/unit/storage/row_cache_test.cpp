#include "storage/row_cache.h"

#include "chain_fixture.h"
#include "storage/rocks.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace galen::storage {
namespace {

constexpr std::size_t kMiB = std::size_t{1024} * 1024;

Bytes key_of(unsigned number) {
  return to_bytes("key-" + std::to_string(number));
}

std::optional<RowCache::Row> look(const RowCache& cache, const Bytes& key) {
  RowCache::Ticket ticket;
  return cache.find(1, key, ticket);
}

void teach(const RowCache& cache, const Bytes& key, const RowCache::Row& row) {
  RowCache::Ticket ticket;
  if (!cache.find(1, key, ticket)) cache.fill(1, key, row, ticket);
}

TEST(RowCacheTest, KnowsPresentAndAbsentRowsOfOneColumn) {
  RowCache cache(kMiB);
  EXPECT_FALSE(look(cache, key_of(1)).has_value());
  teach(cache, key_of(1), Bytes{7});
  teach(cache, key_of(2), std::nullopt);
  EXPECT_EQ(look(cache, key_of(1)), RowCache::Row(Bytes{7}));
  ASSERT_TRUE(look(cache, key_of(2)).has_value());
  EXPECT_FALSE(look(cache, key_of(2))->has_value());
  RowCache::Ticket ticket;
  EXPECT_FALSE(cache.find(2, key_of(1), ticket).has_value());
}

TEST(RowCacheTest, AWriteReplacesWhatIsKnown) {
  RowCache cache(kMiB);
  teach(cache, key_of(1), Bytes{7});
  teach(cache, key_of(2), std::nullopt);
  teach(cache, key_of(3), Bytes{9});
  cache.begin_write();
  cache.update(1, key_of(1), Bytes{8});
  cache.update(1, key_of(2), Bytes{5});
  cache.update(1, key_of(3), std::nullopt);
  cache.end_write();
  EXPECT_EQ(look(cache, key_of(1)), RowCache::Row(Bytes{8}));
  EXPECT_EQ(look(cache, key_of(2)), RowCache::Row(Bytes{5}));
  EXPECT_EQ(look(cache, key_of(3)), std::optional<RowCache::Row>(std::in_place, std::nullopt));
}

TEST(RowCacheTest, WhatWasReadBeforeOrDuringAWriteIsNotRemembered) {
  RowCache cache(kMiB);
  RowCache::Ticket before;
  ASSERT_FALSE(cache.find(1, key_of(1), before).has_value());
  cache.begin_write();
  RowCache::Ticket during;
  ASSERT_FALSE(cache.find(1, key_of(1), during).has_value());
  cache.fill(1, key_of(1), Bytes{1}, before);
  cache.fill(1, key_of(1), Bytes{1}, during);
  cache.update(1, key_of(1), Bytes{2});
  cache.end_write();
  cache.fill(1, key_of(1), Bytes{1}, before);
  cache.fill(1, key_of(1), Bytes{1}, during);
  EXPECT_FALSE(look(cache, key_of(1)).has_value());
}

TEST(RowCacheTest, StaysBelowItsLimitAndKeepsWhatIsUsed) {
  constexpr std::size_t kLimit = 64 * 1024;
  RowCache cache(kLimit);
  teach(cache, key_of(0), Bytes{42});
  for (unsigned i = 1; i < 5'000; ++i) {
    teach(cache, key_of(i), Bytes(i % 300, 1));
    EXPECT_EQ(look(cache, key_of(0)), RowCache::Row(Bytes{42})) << i;
    ASSERT_LE(cache.bytes(), kLimit) << i;
  }
  EXPECT_FALSE(look(cache, key_of(1)).has_value());
  EXPECT_GT(cache.bytes(), kLimit / 4);
}

TEST(RowCacheTest, ARowLargerThanHalfTheCacheIsNotKept) {
  RowCache cache(1024);
  teach(cache, key_of(1), Bytes(600, 1));
  EXPECT_FALSE(look(cache, key_of(1)).has_value());
  teach(cache, key_of(2), Bytes{1});
  cache.begin_write();
  cache.update(1, key_of(2), Bytes(600, 1));
  cache.end_write();
  EXPECT_FALSE(look(cache, key_of(2)).has_value());
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(RowCacheTest, OfNoBytesKeepsNothing) {
  RowCache cache(0);
  teach(cache, key_of(1), Bytes{1});
  EXPECT_FALSE(look(cache, key_of(1)).has_value());
}

/// Reads through the cache give what reads without it give, whatever is written in between.
TEST(RowCacheTest, NeverChangesAnAnswer) {
  const TemporaryDirectory directory;
  const RocksSettings settings{
      directory.path() / "rocks", {"plain", "cached"}, kMiB, kMiB, kMiB, {2}, 16 * 1024};
  const auto rocks = Rocks::open(settings).value();
  std::mt19937_64 random(1);
  std::map<Bytes, Bytes> expected;
  for (unsigned round = 0; round < 300; ++round) {
    Batch batch(*rocks);
    for (unsigned i = 0; i < 8; ++i) {
      const Bytes key = key_of(static_cast<unsigned>(random() % 200));
      if (random() % 3 == 0) {
        for (const std::size_t column : {1U, 2U}) batch.remove(column, key);
        expected.erase(key);
        continue;
      }
      const Bytes value(random() % 200, static_cast<std::uint8_t>(round));
      for (const std::size_t column : {1U, 2U}) batch.put(column, key, value);
      expected[key] = value;
    }
    const auto before = rocks->snapshot();
    const Bytes witness = key_of(static_cast<unsigned>(random() % 200));
    const auto old = rocks->get(1, witness, before.get()).value();
    ASSERT_TRUE(rocks->write(batch).has_value());
    EXPECT_EQ(rocks->get(2, witness, before.get()).value(), old) << "snapshots pass the cache by";
    for (unsigned i = 0; i < 40; ++i) {
      const Bytes key = key_of(static_cast<unsigned>(random() % 220));
      const auto row = rocks->get(2, key).value();
      const auto wanted = expected.find(key);
      ASSERT_EQ(row.has_value(), wanted != expected.end());
      if (row) {
        EXPECT_EQ(*row, wanted->second);
      }
      EXPECT_EQ(rocks->get(1, key).value(), row);
    }
  }
}

}  // namespace
}  // namespace galen::storage
