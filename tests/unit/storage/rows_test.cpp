#include "storage/rows.h"

#include "base/hex.h"
#include "chain_fixture.h"
#include "codec/codec.h"

#include <gtest/gtest.h>

namespace galen::storage {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

const TransactionPlace kPlace{Height{258}, 3};
const Handle kHandle = Handle::from(Bytes(16, 0xab));

/// The row decodes to something that encodes to the same bytes; shorter and longer bytes are
/// damage.
template <class Decode>
void expect_strict(const Bytes& row, Decode decode) {
  const auto decoded = decode(row);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  EXPECT_EQ(encode(*decoded), row);
  for (std::size_t size = 0; size < row.size(); ++size) {
    EXPECT_EQ(decode(BytesView(row).first(size)).error().code, ErrorCode::kCorrupt) << size;
  }
  Bytes longer = row;
  longer.push_back(0);
  EXPECT_EQ(decode(longer).error().code, ErrorCode::kCorrupt);
}

TEST(Rows, KeysAreFrozen) {
  EXPECT_EQ(to_hex(head_key()), to_hex(as_bytes("head")));
  EXPECT_EQ(to_hex(header_key(Height{258})), "680000000000000102");
  EXPECT_EQ(to_hex(permanent_key(kPlace)),
            "740000000000000102"
            "00000003");
  EXPECT_EQ(to_hex(locators_key(Height{258})), "6c0000000000000102");
  EXPECT_EQ(to_hex(public_body_key(kPlace, 7)),
            "700000000000000102"
            "00000003"
            "0007");
  EXPECT_EQ(to_hex(body_key(kHandle, kPlace, 7)),
            repeated("ab", 16) +
                "0000000000000102"
                "00000003"
                "0007");
  const auto organisation = ledger::StateKey::main(ledger::KeyKind::kOrganisation, Bytes(32, 1));
  EXPECT_EQ(to_hex(main_value_key(organisation)), "7605" + repeated("01", 32));
  const auto root = ledger::StateKey::main(ledger::KeyKind::kSubjectRoot, Bytes(32, 1));
  EXPECT_EQ(to_hex(main_value_key(root)), "7601" + to_hex(root.hash()));
  EXPECT_EQ(to_hex(main_page_key({{}, {}})), "7000");
  EXPECT_EQ(to_hex(main_page_key({{}, {0xa, 0xb, 0xc}})),
            "7003"
            "abc0");
  EXPECT_EQ(to_hex(subject_page_key(kHandle, {{}, {1, 2}})),
            repeated("ab", 16) +
                "7002"
                "12");
  EXPECT_EQ(to_hex(subject_value_prefix(kHandle, ledger::KeyKind::kRecord)),
            repeated("ab", 16) + "7612");
}

TEST(Rows, SubjectValueKeysAreFrozen) {
  const SubjectKeys keys({}, kHandle, DataKey::from(Bytes(32, 3)));
  const auto key = ledger::StateKey::clinical({}, ledger::KeyKind::kRecord, Bytes(32, 1));
  EXPECT_EQ(to_hex(subject_value_key(keys, key)),
            repeated("ab", 16) +
                "7612"
                "116efa87ff4ae9bbd90d366c2b5aeea2");
}

TEST(Rows, SealContextsAreFrozen) {
  EXPECT_EQ(to_hex(seal_context(Column::kBodies, Bytes{1, 2})),
            "09" + to_hex(as_bytes("galen-row")) +
                "05"
                "0102");
  EXPECT_EQ(to_hex(outside_context(Bytes{1, 2})),
            "0d" + to_hex(as_bytes("galen-outside")) + "0102");
}

TEST(Rows, HeadRowIsFrozen) {
  const Bytes row = encode(HeadRow{Height{258}, 5, KeyringId::from(Bytes(16, 0xcd)), 7, 3});
  EXPECT_EQ(to_hex(row),
            "0001"
            "0000000000000102"
            "0000000000000005" +
                repeated("cd", 16) +
                "0000000000000007"
                "0000000000000003");
  expect_strict(row, decode_head_row);
}

TEST(Rows, TransactionPlaceIsFrozen) {
  const Bytes row = encode(kPlace);
  EXPECT_EQ(to_hex(row),
            "0000000000000102"
            "00000003");
  expect_strict(row, decode_place);
}

TEST(Rows, PermanentRowIsFrozen) {
  TestChain chain;
  const ledger::Transaction transaction = chain.append(1, 1)->transaction;
  PermanentRow row{transaction.header, transaction.signature, {}, true, {}, 9};
  row.commitments = {Digest::from(Bytes(32, 0x11))};
  row.results_root = Digest::from(Bytes(32, 0x22));
  const Bytes header = ledger::encode(transaction.header);
  const Bytes bytes = encode(row);
  EXPECT_EQ(to_hex(bytes),
            "0001"
            "000000" +
                to_hex(Bytes{static_cast<std::uint8_t>(header.size())}) + to_hex(header) +
                to_hex(transaction.signature) + "0001" + repeated("11", 32) + "01" +
                repeated("22", 32) + "00000009");
  expect_strict(bytes, decode_permanent_row);
  EXPECT_EQ(row.receipt().transaction, ledger::transaction_id(transaction.header));
  row.commitments.push_back({});
  EXPECT_EQ(decode_permanent_row(encode(row)).error().code, ErrorCode::kCorrupt);
}

TEST(Rows, LocatorsAreFrozen) {
  const Bytes row = encode(Locators{KeyName{}, KeyName::from(Bytes(16, 0xee))});
  EXPECT_EQ(to_hex(row), "0001" + repeated("00", 16) + repeated("ee", 16));
  EXPECT_EQ(encode(*decode_locators(row)), row);
  EXPECT_FALSE(decode_locators(BytesView(row).first(row.size() - 1)).has_value());
}

TEST(Rows, BodyRowIsFrozen) {
  TestChain chain;
  const ledger::Transaction transaction = chain.append(1, 1)->transaction;
  const auto& body = std::get<ledger::OperationBody>(transaction.operations[0]);
  const BodyRow row{body, {ledger::ResultCode::kOk, Bytes{5}}};
  codec::Writer expected;
  expected.u16(1).bytes(ledger::encode(body)).bytes(ledger::encode(row.result));
  EXPECT_TRUE(equal(encode(row), expected.view()));
  expect_strict(encode(row), decode_body_row);
}

TEST(Rows, LinkBodyKeysAreFrozen) {
  const TransactionPlace place{Height{0x0102}, 3};
  const Handle handle = Handle::from(Bytes(16, 0x22));
  const Bytes key = link_body_key(handle, place, 7);
  EXPECT_EQ(to_hex(key), repeated("22", 16) + "ff" + "0000000000000102" + "00000003" + "0007");
  EXPECT_EQ(to_hex(link_body_prefix(handle)), repeated("22", 16) + "ff");
  const auto at = decode_body_key(key);
  ASSERT_TRUE(at);
  EXPECT_EQ(at->place, place);
  EXPECT_EQ(at->operation, 7);
  Bytes other = key;
  other[16] = 0xfe;
  EXPECT_FALSE(decode_body_key(other));
  EXPECT_FALSE(decode_body_key(BytesView(key).first(key.size() - 1)).has_value() &&
               decode_body_key(BytesView(key).first(key.size() - 1))->place == place);
}

TEST(Rows, LinkBodyRowIsFrozen) {
  const LinkBodyRow first{KeyName::from(Bytes(16, 0x22)), Bytes{7, 8, 9}};
  EXPECT_EQ(to_hex(encode(first)), "0002" + repeated("22", 16) + "070809");
  const LinkBodyRow second{KeyName::from(Bytes(16, 0x22)), {}};
  EXPECT_EQ(to_hex(encode(second)), "0002" + repeated("22", 16));
  EXPECT_TRUE(is_link_body_row(encode(first)));
  EXPECT_FALSE(is_link_body_row(encode(BodyRow{})));
  EXPECT_FALSE(is_link_body_row(Bytes{0}));
  const auto again = decode_link_body_row(encode(first));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->other, first.other);
  EXPECT_EQ(again->sealed, first.sealed);
  EXPECT_FALSE(decode_link_body_row(Bytes(17, 0)));
  EXPECT_FALSE(decode_link_body_row(encode(BodyRow{})));
}

TEST(Rows, ValueRowsAreFrozen) {
  const ValueRow value{Digest::from(Bytes(32, 0x11)), Bytes{7, 8}};
  EXPECT_EQ(to_hex(encode(value)), repeated("11", 32) + "0708");
  EXPECT_EQ(encode(*decode_value_row(encode(value))), encode(value));
  EXPECT_FALSE(decode_value_row(Bytes(31, 0)).has_value());
  const SubjectValueRow row{Bytes{1, 2, 3}, value};
  EXPECT_EQ(to_hex(encode(row)),
            "00000003"
            "010203" +
                repeated("11", 32) + "0708");
  EXPECT_EQ(encode(*decode_subject_value_row(encode(row))), encode(row));
}

TEST(Rows, HeaderAndCertificateMustBelongTogether) {
  const TestChain chain;
  ledger::BlockHeader header;
  header.height = Height{4};
  ledger::Certificate certificate;
  certificate.subject.block = ledger::block_hash(header);
  const auto good = decode_header_row(encode_header_row(header, certificate), chain.chain());
  ASSERT_TRUE(good.has_value()) << good.error().message;
  EXPECT_EQ(good->header, header);
  EXPECT_EQ(good->certificate, certificate);
  EXPECT_FALSE(decode_header_row(encode_header_row(header, {}), chain.chain()).has_value());
  certificate.subject.block = {};
  EXPECT_EQ(decode_header_row(encode_header_row(header, certificate), chain.chain()).error().code,
            ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace galen::storage
