// The state values of erasures are frozen: compared with bytes written out by hand.
#include "ledger/erasure_entries.h"

#include "base/hex.h"
#include "crypto/digest.h"

#include <gtest/gtest.h>

#include <string>

namespace galen::ledger {
namespace {

template <class Id>
Id filled(std::uint8_t byte) {
  return Id::from(Bytes(Id::kSize, byte));
}

std::string times(const std::string& text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

std::string u64(const std::string& last_byte) {
  return times("00", 7) + last_byte;
}

TEST(ErasureEntries, BytesAreFrozen) {
  const Erasure erased{filled<ErasureId>(2), ErasureBasis::kUnlawful, 3, TimeMs{4}, Height{5}};
  const std::string erased_hex = times("02", 32) + "03" + u64("03") + u64("04") + u64("05");
  const Tombstone stone{filled<SubjectPath>(1),
                        ErasureScope::kPatient,
                        filled<AccountId>(6),
                        erased,
                        TimeMs{7},
                        erased};
  EXPECT_EQ(to_hex(stone.encode()),
            "0001" + times("01", 32) + "01" + times("06", 32) + erased_hex + u64("07") + "01" +
                erased_hex);
  const ErasureRequestEntry request{filled<SubjectPath>(1),
                                    ErasureScope::kRecord,
                                    filled<RecordPath>(2),
                                    ErasureBasis::kWrongPatient,
                                    filled<AccountId>(3),
                                    filled<AccountId>(4),
                                    true,
                                    false,
                                    true,
                                    TimeMs{6},
                                    KeyHolder::kCustodian};
  const std::string asked = times("01", 32) + "0301" + times("02", 32) + "05" + times("03", 32) +
                            times("04", 32) + "0100";
  EXPECT_EQ(to_hex(request.encode()), "0002" + asked + "01" + u64("06") + "0102");
  const auto first = ErasureRequestEntry::decode(from_hex("0001" + asked).value()).value();
  EXPECT_TRUE(!first.ordered && !first.withdrawn && first.by_patient);
  EXPECT_FALSE(first.is_open(TimeMs{kErasureRequestMs})) << "nobody knows how old it is";
  const ErasureOrderEntry order{
      filled<ErasureId>(1), filled<SubjectPath>(2), ErasureScope::kAudit, std::nullopt};
  EXPECT_EQ(to_hex(order.encode()), "0001" + times("01", 32) + times("02", 32) + "0200");
  const Hold hold{filled<HoldId>(1),
                  HoldScope::kRecords,
                  {filled<RecordPath>(2)},
                  filled<AccountId>(3),
                  filled<AccountId>(4),
                  HoldBasis::kLitigation,
                  filled<Digest>(5),
                  TimeMs{6}};
  EXPECT_EQ(to_hex(HoldsEntry{{hold}}.encode()),
            "00010001" + times("01", 32) + "030001" + times("02", 32) + times("03", 32) +
                times("04", 32) + "02" + times("05", 32) + u64("06"));
  AttestErasure attest;
  attest.order = filled<TxId>(1);
  attest.operation = 2;
  attest.node = filled<AccountId>(3);
  attest.phase = ErasurePhase::kBytes;
  attest.retained = {{RetainedItem::kPayload, RetentionReason::kTechnical, TimeMs{4}}};
  attest.time = TimeMs{5};
  EXPECT_EQ(to_hex(AttestationEntry{attest, TimeMs{6}}.encode()),
            "0001" + times("01", 32) + "0002" + times("03", 32) + "02000105" + "04" + u64("04") +
                u64("05") + u64("06"));
  EXPECT_EQ(to_hex(SealedEntry{TimeMs{7}}.encode()), "0001" + u64("07"));
}

TEST(ErasureEntries, KeysNamePathsOnly) {
  const auto patient = filled<PatientId>(1);
  const SubjectPath path = subject_path(patient);
  EXPECT_EQ(Tombstone::key(path).hash(), crypto::tagged("tombstone", path));
  EXPECT_EQ(HoldsEntry::key(path).hash(), crypto::tagged("hold-on", path));
  EXPECT_EQ(to_hex(ErasureOrderEntry::key(filled<TxId>(2), 3).id), times("02", 32) + "0003");
  EXPECT_EQ(
      AttestationEntry::key(filled<TxId>(2), 3, filled<AccountId>(4), ErasurePhase::kBytes).id,
      to_bytes(crypto::Hasher("attestation-of")
                   .raw(filled<TxId>(2))
                   .u16(3)
                   .raw(filled<AccountId>(4))
                   .u8(2)
                   .finish()));
}

TEST(ErasureEntries, ATombstoneOfARecordHasNoAuditCompartment) {
  Tombstone stone;
  stone.scope = ErasureScope::kRecord;
  ASSERT_TRUE(Tombstone::decode(stone.encode()));
  stone.audit_until = TimeMs{1};
  EXPECT_FALSE(Tombstone::decode(stone.encode()));
  stone.audit_until = {};
  stone.audit.emplace();
  EXPECT_FALSE(Tombstone::decode(stone.encode()));
}

}  // namespace
}  // namespace galen::ledger
