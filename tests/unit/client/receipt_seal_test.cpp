// A patient's receipt with its proof and seal: nobody changes a byte unseen.
#include "client/receipt_seal.h"

#include "codec/codec.h"
#include "execution/executor.h"
#include "galen/client.h"
#include "modules/consent/grants.h"
#include "support/proof_sample.h"

#include <gtest/gtest.h>

namespace galen::client {
namespace {

using ledger::KeyKind;
using ledger::StateKey;

class ReceiptSealTest : public ::testing::Test {
 protected:
  ReceiptSealTest() {
    consent::GrantEntry grant;
    grant.terms.patient.value.fill(1);
    grant.terms.purposes = {"TREAT"};
    grant.terms.valid_to = TimeMs{1'800'000'000'000};
    GrantId id;
    id.value.fill(2);
    const auto key = StateKey::clinical(grant.terms.patient, KeyKind::kGrant, id);
    sealed_.proof = ledger::encode(support::prove_single_leaf(genesis_, key, grant.encode(), key));
    const std::string text = "hospital-2 may read, until 2027\n";
    sealed_.receipt.assign(text.begin(), text.end());
    sealed_.seal = seal_by(key_, genesis_.organisations.front().id);
  }

  /// By this key; the proof shows key_ as that of the first organisation.
  Bytes seal_by(const crypto::PrivateKey& key, const AccountId& organisation) {
    execution::OrganisationEntry entry;
    entry.id = genesis_.organisations.front().id;
    entry.name = name_;
    entry.active = active_;
    entry.region = "DE";
    entry.signing_keys = {PublicKey{}, key_.public_key()};
    entry.agreement_key = entry.tls_key = key_.public_key();
    const auto state_key = StateKey::main(KeyKind::kOrganisation, entry.id);
    key_proof_ =
        ledger::encode(support::prove_main_leaf(genesis_, state_key, entry.encode(), height_));
    return make_seal({ledger::chain_id(genesis_), organisation, key, key_proof_},
                     sealed_.receipt,
                     sealed_.proof);
  }

  [[nodiscard]] Outcome<SealReport> verify(const SealedReceipt& sealed) const {
    return verify_receipt(sealed, ledger::to_json(genesis_));
  }

  const ledger::Genesis genesis_ = support::sample_genesis();
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate();
  std::string name_ = genesis_.organisations.front().name;
  bool active_ = true;
  Height height_{7};  ///< of the proof of the key
  Bytes key_proof_;
  SealedReceipt sealed_;
};

TEST_F(ReceiptSealTest, SaysWhoHandedItOutAndWhatIsProven) {
  const auto report = verify(sealed_);
  ASSERT_TRUE(report) << report.failure().line();
  EXPECT_EQ(report->organisation, genesis_.organisations.front().name);
  EXPECT_EQ(report->height, 7U);
  EXPECT_TRUE(report->grant.present);
  EXPECT_EQ(report->grant.subject.substr(0, 6), "grant:");
}

TEST_F(ReceiptSealTest, EveryChangedByteIsRefused) {
  for (auto* part : {&sealed_.receipt, &sealed_.proof, &sealed_.seal}) {
    for (std::size_t i = 0; i < part->size(); ++i) {
      (*part)[i] ^= 1U;
      const auto refused = verify(sealed_);
      ASSERT_FALSE(refused) << i;
      EXPECT_EQ(refused.failure().kind, FailureKind::kProof) << i;
      (*part)[i] ^= 1U;
    }
    part->push_back(0);
    EXPECT_FALSE(verify(sealed_));
    part->pop_back();
    const auto last = part->back();
    part->pop_back();
    EXPECT_FALSE(verify(sealed_));
    part->push_back(last);
  }
  EXPECT_TRUE(verify(sealed_));
}

TEST_F(ReceiptSealTest, OnlyAMembersLivingKeySeals) {
  sealed_.seal = seal_by(crypto::PrivateKey::generate(), genesis_.organisations.front().id);
  EXPECT_FALSE(verify(sealed_)) << "another key";
  sealed_.seal = seal_by(key_, genesis_.organisations.back().id);
  EXPECT_FALSE(verify(sealed_)) << "in another's name";
  // A proof of something else than an organisation.
  sealed_.seal = make_seal(
      {ledger::chain_id(genesis_), genesis_.organisations.front().id, key_, sealed_.proof},
      sealed_.receipt,
      sealed_.proof);
  EXPECT_FALSE(verify(sealed_));
}

TEST_F(ReceiptSealTest, ASuspendedMemberSealsNothing) {
  active_ = false;
  sealed_.seal = seal_by(key_, genesis_.organisations.front().id);
  EXPECT_FALSE(verify(sealed_));
}

/// A proof from before the receipt may show a key that was retired meanwhile.
TEST_F(ReceiptSealTest, TheKeyIsProvenNoEarlierThanTheGrant) {
  for (const std::uint64_t height : {6U, 7U, 8U}) {
    height_ = Height{height};
    sealed_.seal = seal_by(key_, genesis_.organisations.front().id);
    EXPECT_EQ(static_cast<bool>(verify(sealed_)), height >= 7) << height;
  }
}

TEST_F(ReceiptSealTest, AnotherProofOfTheSameKeyIsRefused) {
  const Bytes other = sealed_.seal;
  name_ = "renamed";  // another valid proof of the same organisation and key
  const Bytes with_other_proof = seal_by(key_, genesis_.organisations.front().id);
  ASSERT_NE(with_other_proof.size(), other.size());
  codec::Writer w;
  w.tag("receipt-seal")
      .u16(1)
      .raw(Signature::from(BytesView(other).subspan(15, 64)))
      .bytes(key_proof_);
  sealed_.seal = std::move(w).take();
  EXPECT_EQ(sealed_.seal.size(), with_other_proof.size());
  EXPECT_FALSE(verify(sealed_));
}

TEST_F(ReceiptSealTest, OnlyAGrantOrDenialIsProvenBesideIt) {
  sealed_.proof = key_proof_;
  sealed_.seal = seal_by(key_, genesis_.organisations.front().id);
  EXPECT_FALSE(verify(sealed_)) << "a proof of an organisation";
}

TEST_F(ReceiptSealTest, TheFormatKeepsItsPlaces) {
  codec::Writer w;
  w.tag("receipt-seal").u16(1);
  const Bytes head = std::move(w).take();
  ASSERT_EQ(sealed_.seal.size(), head.size() + 64 + 4 + key_proof_.size());
  EXPECT_TRUE(std::equal(head.begin(), head.end(), sealed_.seal.begin()));
  EXPECT_TRUE(std::equal(key_proof_.rbegin(), key_proof_.rend(), sealed_.seal.rbegin()));
}

}  // namespace
}  // namespace galen::client
