#include "storage/staging_rows.h"

#include "base/hex.h"

#include <gtest/gtest.h>

namespace galen::storage {
namespace {

TEST(StagingRows, BytesAreFrozen) {
  EXPECT_EQ(to_hex(redo_key(4, Bytes{0xaa, 0xbb})), "7204aabb");
  EXPECT_EQ(to_hex(redo_put(Bytes{0xcc})), "01cc");
  EXPECT_EQ(to_hex(redo_remove()), "00");
  const execution::PageId at{{}, {15, 2}};
  const Digest hash = Digest::from(Bytes(32, 0x11));
  std::string ones;
  for (int i = 0; i < 32; ++i) ones += "11";
  EXPECT_EQ(to_hex(staged_page_key({}, at, hash)),
            "6e"
            "00000000"
            "02"
            "0f02" +
                ones);
  EXPECT_EQ(to_hex(staged_value_key(Bytes{0xab}, hash)),
            "77"
            "00000001"
            "ab" +
                ones);
  const StagedValue value{ledger::KeyKind::kGroup, {1}, hash, {2, 3}};
  EXPECT_EQ(to_hex(encode(value)),
            "08"
            "00000001"
            "01" +
                ones + "0203");
  EXPECT_EQ(to_hex(switch_key()), "737769746368");
  EXPECT_EQ(to_hex(encode(SwitchRow{Height{5}, 6})),
            "0001"
            "0000000000000005"
            "0000000000000006");
}

TEST(StagingRows, DecodeWhatWasEncoded) {
  const auto put = decode_redo(redo_key(4, Bytes{7, 8}), redo_put(Bytes{9}));
  ASSERT_TRUE(put.has_value());
  EXPECT_EQ(put->column, 4U);
  EXPECT_EQ(put->key, (Bytes{7, 8}));
  EXPECT_EQ(put->value, std::optional(Bytes{9}));
  const auto removal = decode_redo(redo_key(1, {}), redo_remove());
  ASSERT_TRUE(removal.has_value());
  EXPECT_FALSE(removal->value.has_value());
  const StagedValue value{ledger::KeyKind::kGroup, {1}, Digest{}, {2, 3}};
  const auto decoded = decode_staged_value(encode(value));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->value, value.value);
  EXPECT_EQ(decode_switch_row(encode(SwitchRow{Height{5}, 6}))->journal_sequence, 6U);
}

TEST(StagingRows, DamageIsNamed) {
  EXPECT_EQ(decode_redo(Bytes{'x', 1}, redo_remove()).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(decode_redo(redo_key(1, {}), {}).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(decode_redo(redo_key(1, {}), Bytes{2}).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(decode_redo(redo_key(1, {}), Bytes{0, 1}).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(decode_staged_value(Bytes{1}).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(decode_switch_row(Bytes{0, 2}).error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace galen::storage
