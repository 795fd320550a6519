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

TEST_F(ErasureCertificateTest, EveryChangedByteIsRefused) {
  const Bytes bytes = certificate();
  for (std::size_t i = 0; i < bytes.size(); i += 7) {
    Bytes changed = bytes;
    changed[i] ^= 1;
    EXPECT_FALSE(verify_certificate_bytes(changed, genesis)) << i;
  }
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
