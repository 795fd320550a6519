// What a certificate of an erasure has to prove, with the genesis alone (PRIVACY.md 15).
#include "base/hex.h"
#include "client/erasure.h"
#include "codec/codec.h"
#include "ledger/erasure_entries.h"
#include "support/proof_sample.h"

#include <gtest/gtest.h>

#include <utility>

namespace galen::client {
namespace {

using ledger::AttestationEntry;
using ledger::ErasureOrderEntry;
using ledger::ErasurePhase;
using ledger::StateKey;
using ledger::Tombstone;

template <class Id>
Id filled(std::uint8_t byte) {
  return Id::from(Bytes(Id::kSize, byte));
}

class ErasureCertificateTest : public testing::Test {
 protected:
  ErasureCertificateTest() {
    order.request = filled<ErasureId>(1);
    order.path = filled<SubjectPath>(2);
    stone.subject = order.path;
    stone.erased.request = order.request;
    stone.erased.operations = 7;
    stone.erased.height = Height{5};
    attestation.attestation.order = transaction;
    attestation.attestation.node = genesis.validators[0].organisation;
    attestation.attestation.time = TimeMs{9};
  }

  /// In a state that holds nothing else.
  [[nodiscard]] Bytes proof(const StateKey& key, const Bytes& value) const {
    const ledger::LeafContent leaf{
        key.hash(), ledger::value_commitment(Digest{}, value), Height{5}, Digest{}};
    ledger::StateProof proof;
    proof.key = key;
    proof.main_path = ledger::TreePath{{}, leaf};
    proof.opening = ledger::ValueOpening{Digest{}, value};
    support::certify(proof, genesis, leaf.hash());
    return ledger::encode(proof);
  }

  [[nodiscard]] StateKey attestation_key() const {
    const ledger::AttestErasure& a = attestation.attestation;
    return AttestationEntry::key(transaction, a.operation, a.node, a.phase);
  }

  [[nodiscard]] Bytes certificate() const {
    const Bytes proofs[] = {proof(ErasureOrderEntry::key(transaction, 0), order.encode()),
                            proof(Tombstone::key(stone_path), stone.encode()),
                            proof(attestation_key(), attestation.encode())};
    codec::Writer w;
    w.tag("erasure-certificate").u16(1).count(3);
    for (const Bytes& one : proofs) w.bytes(one);
    return std::move(w).take();
  }

  [[nodiscard]] ErrorCode refusal() const {
    return verify_certificate_bytes(certificate(), genesis).error().code;
  }

  ledger::Genesis genesis = support::sample_genesis();
  TxId transaction = filled<TxId>(3);
  ErasureOrderEntry order;
  Tombstone stone;
  SubjectPath stone_path = filled<SubjectPath>(2);
  AttestationEntry attestation;
};

TEST_F(ErasureCertificateTest, SaysWhatWasErasedAndWhoAttested) {
  const auto verified = verify_certificate_bytes(certificate(), genesis);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->erasure.order, to_hex(transaction));
  EXPECT_EQ(verified->erasure.operations, 7U);
  EXPECT_EQ(verified->erasure.height, 5U);
  EXPECT_EQ(verified->nodes, 4U);
  ASSERT_EQ(verified->erasure.attestations.size(), 1U);
  EXPECT_EQ(verified->erasure.attestations[0].phase, "keys");
  EXPECT_EQ(verified->erasure.attestations[0].time_ms, 9U);
}

/// By the block that has the attestation: what its signer wrote beside it does not count.
TEST_F(ErasureCertificateTest, SaysWhoKeepsAKeyringTooLong) {
  stone.audit_until = TimeMs{77};
  attestation.recorded = TimeMs{1'700'000'000'000};
  ledger::Retained kept{ledger::RetainedItem::kKeyringBackup,
                        ledger::RetentionReason::kBackupExpiry,
                        TimeMs{attestation.recorded.value + kKeyringBackupLimitMs}};
  for (const bool is_over : {false, true}) {
    if (is_over) kept.until = TimeMs{kept.until.value + std::uint64_t{24} * 60 * 60 * 1000};
    attestation.attestation.retained = {kept};
    const auto verified = verify_certificate_bytes(certificate(), genesis);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->erasure.attestations[0].retained[0].over_limit, is_over);
    EXPECT_EQ(verified->erasure.audit_until_ms, 77U);
  }
}

TEST_F(ErasureCertificateTest, EveryChangedByteIsRefused) {
  const Bytes bytes = certificate();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const unsigned bit : {0x01U, 0x80U}) {
      Bytes changed = bytes;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ bit);
      EXPECT_FALSE(verify_certificate_bytes(changed, genesis)) << "byte " << i << " ^ " << bit;
    }
  }
}

TEST_F(ErasureCertificateTest, TruncatedAndLengthenedAreRefused) {
  Bytes bytes = certificate();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(verify_certificate_bytes(BytesView(bytes).first(size), genesis)) << size;
  }
  bytes.push_back(0);
  EXPECT_FALSE(verify_certificate_bytes(bytes, genesis));
  bytes.pop_back();
  EXPECT_TRUE(verify_certificate_bytes(bytes, genesis));
}

TEST_F(ErasureCertificateTest, ATombstoneOfSomebodyElseIsRefused) {
  stone_path = filled<SubjectPath>(9);
  EXPECT_EQ(refusal(), ErrorCode::kCorrupt);
}

TEST_F(ErasureCertificateTest, ATombstoneOfAnotherOrderIsRefused) {
  stone.erased.request = filled<ErasureId>(9);
  EXPECT_EQ(refusal(), ErrorCode::kCorrupt);
}

TEST_F(ErasureCertificateTest, TheAuditCompartmentHasToBeGone) {
  order.scope = ledger::ErasureScope::kAudit;
  EXPECT_EQ(refusal(), ErrorCode::kCorrupt);
  stone.audit = stone.erased;
  EXPECT_TRUE(verify_certificate_bytes(certificate(), genesis));
}

TEST_F(ErasureCertificateTest, AnAttestationOfAnotherOrderIsRefused) {
  attestation.attestation.order = filled<TxId>(9);
  EXPECT_EQ(refusal(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace galen::client
