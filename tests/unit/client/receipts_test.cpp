// What a receipt takes from the proofs of the grant and of the patient's registration.
#include "client/receipts.h"

#include "base/hex.h"
#include "foreign_nodes.h"
#include "galen/v1/galen.grpc.pb.h"
#include "ledger/proof.h"
#include "modules/consent/grants.h"
#include "modules/identity/people.h"
#include "support/statement_sample.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace galen::client {
namespace {

using support::filled_id;

const PatientId kPatient = filled_id<PatientId>(7);
const GrantId kGrant = filled_id<GrantId>(3);

/// Answers each question for a proof with the next one.
class ProvingLedger final : public v1::Ledger::Service {
 public:
  grpc::Status GetProof(grpc::ServerContext*,
                        const v1::GetProofRequest*,
                        v1::GetProofResponse* response) override {
    if (next == proofs.size()) return {grpc::StatusCode::NOT_FOUND, "not found"};
    response->set_proof(std::string(as_text(proofs[next++])));
    response->set_kind(1);
    return grpc::Status::OK;
  }

  std::vector<Bytes> proofs;
  std::size_t next = 0;
};

class ReceiptsTest : public ForeignNodesTest {
 protected:
  ReceiptsTest() {
    start_node(2, {&ledger_});
    open();
    holder_.custodian = hospital("hospital-1");
    entry_.terms.patient = kPatient;
    entry_.terms.grantee = {ledger::GranteeKind::kOrganisation, hospital("hospital-2")};
    entry_.terms.purposes = {"TREAT"};
    entry_.terms.valid_from = TimeMs{1'700'000'000'000};
    entry_.terms.policy = filled_id<Digest>(12);
    entry_.grantor = {ledger::AuthorisationRole::kPatient, id_cast<AccountId>(kPatient)};
    entry_.submitter = hospital("hospital-3");
    entry_.sequence = 9;
  }

  [[nodiscard]] AccountId hospital(const std::string& name) const {
    for (const auto& member : genesis_.organisations) {
      if (member.name == name) return member.id;
    }
    return {};
  }

  [[nodiscard]] Bytes proof_of(const ledger::StateKey& key, const Bytes& value) const {
    return ledger::encode(support::prove_single_leaf(genesis_, key, value, key));
  }

  Result<ReceiptView> receipt() {
    ledger_.next = 0;
    ledger_.proofs = {proof_of(consent::GrantEntry::key(kPatient, kGrant), entry_.encode()),
                      proof_of(identity::PatientEntry::key(kPatient), holder_.encode())};
    ReceiptQuery query;
    query.grant = to_hex(kGrant);
    query.patient = to_hex(kPatient);
    return make_receipt(*session_, query);
  }

  ProvingLedger ledger_;
  consent::GrantEntry entry_;
  identity::PatientEntry holder_;
};

TEST_F(ReceiptsTest, HasEveryFieldOfThePermit) {
  ledger::GrantTerms& terms = entry_.terms;
  terms.valid_to = TimeMs{1'800'000'000'000};
  terms.erase_at = TimeMs{1'900'000'000'000};
  terms.data_from = ledger::CalendarDate{0};
  terms.data_to = ledger::CalendarDate{1};
  terms.data = {ledger::DataLimit{ledger::DataMeaning::kInstance, filled_id<Random32>(5)}};
  terms.regions = {"AT", "DE"};
  terms.max_uses = 5;
  entry_.uses_left = 2;
  terms.acknowledge_shadowed = true;
  terms.supersedes = {filled_id<GrantId>(1), filled_id<GrantId>(2)};
  terms.terms_commitment = filled_id<Digest>(13);
  const auto made = receipt();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->grant.erase_by_ms, 1'900'000'000'000U);
  EXPECT_EQ(made->data_from, "1970-01-01");
  EXPECT_EQ(made->data_to, "1970-01-02");
  EXPECT_EQ(made->limits, std::vector<std::string>{"instance:" + to_hex(filled_id<Random32>(5))});
  EXPECT_EQ(made->grant.regions, (std::vector<std::string>{"AT", "DE"}));
  EXPECT_EQ(made->grant.max_uses, 5U);
  EXPECT_EQ(made->grant.uses_left, 2U);
  EXPECT_EQ(made->grant.acknowledge_shadowed, true);
  EXPECT_EQ(
      made->supersedes,
      (std::vector<std::string>{to_hex(filled_id<GrantId>(1)), to_hex(filled_id<GrantId>(2))}));
  EXPECT_EQ(made->policy, to_hex(filled_id<Digest>(12)));
  EXPECT_EQ(made->grant.policy, made->policy);
  EXPECT_EQ(made->terms_commitment, to_hex(filled_id<Digest>(13)));
  EXPECT_EQ(made->grant.terms_commitment, made->terms_commitment);
  EXPECT_EQ(made->grant.sequence, 9U);
  EXPECT_EQ(made->brought_by, "hospital-3");
  EXPECT_FALSE(made->forbids_emergency);
}

TEST_F(ReceiptsTest, OfABareDenialHasNothingElse) {
  entry_.effect = ledger::Effect::kDeny;
  entry_.terms.emergency_override = ledger::EmergencyOverride::kForbid;
  const auto made = receipt();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->forbids_emergency);
  EXPECT_FALSE(made->grant.permit);
  EXPECT_EQ(made->grant.acknowledge_shadowed, false);
  EXPECT_TRUE(made->supersedes.empty());
  EXPECT_TRUE(made->limits.empty());
  EXPECT_TRUE(made->data_from.empty());
  EXPECT_TRUE(made->terms_commitment.empty());
  EXPECT_TRUE(made->grant.proxy.empty());
  EXPECT_FALSE(made->grant.uses_left);
}

TEST_F(ReceiptsTest, TellsWhoHoldsThePatientsKeys) {
  for (const auto held_by : {ledger::KeyHolder::kCustodian, ledger::KeyHolder::kPatient}) {
    for (const bool passed_hands : {false, true}) {
      holder_.held_by = held_by;
      holder_.passed_hands = passed_hands;
      const auto made = receipt();
      ASSERT_TRUE(made) << made.error().message;
      EXPECT_EQ(made->keys_held_by, name(held_by));
      EXPECT_EQ(made->keys_passed_hands, passed_hands);
      EXPECT_EQ(made->custodian, "hospital-1");
    }
  }
}

TEST_F(ReceiptsTest, NamesTheProxyWhoGaveIt) {
  entry_.grantor = {ledger::AuthorisationRole::kProxy, filled_id<AccountId>(8)};
  const auto made = receipt();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->given_by, "proxy");
  EXPECT_EQ(made->grant.proxy, to_hex(filled_id<AccountId>(8)));
}

}  // namespace
}  // namespace galen::client
