// What a patient asks about himself through any member, by his signature alone: his account, his
// emergencies, proofs of his keys (PRIVACY.md 27).
#include "ledger/erasure_entries.h"
#include "ledger/own_query.h"
#include "modules/emergency/declarations.h"
#include "modules/identity/links.h"
#include "modules/identity/people.h"
#include "rpc/emergency_queries.h"
#include "rpc/identity_queries.h"
#include "rpc/ledger_queries.h"
#include "rpc/proofs.h"
#include "rpc/wire.h"
#include "unit/rpc/happenings.h"

#include <gtest/gtest.h>

#include <set>

namespace galen::rpc {
namespace {

using ledger::AuthorisationRole;
using ledger::KeyKind;
using ledger::OwnQuery;
using ledger::StateKey;
using test::FakeBackend;

class OwnQueries : public ::testing::Test {
 protected:
  static constexpr std::size_t kMember = 2;  ///< neither his custodian nor who asks about him

  [[nodiscard]] Caller caller(std::size_t hospital) const {
    return {backend_.world.hospitals[hospital].id};
  }

  template <class Request>
  static Bytes about(const Request& request) {
    if constexpr (requires { request.state_key(); }) {
      return to_bytes(request.state_key().empty() ? request.holds_of() : request.state_key());
    }
    return {};
  }

  [[nodiscard]] PatientId patient() { return happenings_.ward().patient.patient(); }

  /// `request` with what he signed for this query at the member `kMember`.
  template <class Request>
  Request signed_by(const test::Party& person,
                    AuthorisationRole role,
                    OwnQuery query,
                    Request request = {}) {
    const AccountId& member = backend_.world.hospitals[kMember].id;
    auto asked = backend_.world.request(
        person, member, happenings_.ward().patient, {ledger::record_of(query, about(request))});
    asked.action = ledger::Action::kDiscover;
    asked.purpose = "PATRQT";
    const ledger::LogAccess access{asked};
    request.set_request(wire(ledger::encode(ledger::Operation{access})));
    request.set_authorisation(
        wire(ledger::encode(backend_.world.sign(access, person, role, {.submitter = member}))));
    return request;
  }

  template <class Request>
  Request by_himself(OwnQuery query, Request request = {}) {
    return signed_by(
        happenings_.ward().patient, AuthorisationRole::kPatient, query, std::move(request));
  }

  Result<std::set<KeyKind>> account(const v1::GetAccountRequest& request,
                                    std::size_t hospital = kMember) {
    v1::GetAccountResponse response;
    GALEN_TRY_STATUS(get_account(backend_, caller(hospital), request, response));
    std::set<KeyKind> kinds;
    for (const auto& item : response.items()) {
      kinds.insert(StateKey::decode(as_bytes(item.key())).value().kind);
    }
    return kinds;
  }

  Result<int> declarations(const v1::ListDeclarationsRequest& request,
                           std::size_t hospital = kMember) {
    v1::ListDeclarationsResponse response;
    GALEN_TRY_STATUS(list_declarations(backend_, caller(hospital), request, response));
    return response.items_size();
  }

  /// kFailedPrecondition: he may, but there is no certified block yet to prove it with.
  ErrorCode proof(const v1::GetProofRequest& request, std::size_t hospital = kMember) {
    v1::GetProofResponse response;
    return get_proof(backend_, caller(hospital), request, response).error().code;
  }

  static v1::GetProofRequest of_key(const StateKey& key) {
    v1::GetProofRequest request;
    request.set_state_key(wire(key.encode()));
    return request;
  }

  FakeBackend backend_;
  test::Happenings happenings_{backend_};
};

constexpr auto kMayBeProven = ErrorCode::kFailedPrecondition;

TEST_F(OwnQueries, APatientSeesHisAccountThroughAnyMember) {
  happenings_.link();
  EXPECT_EQ(account(by_himself<v1::GetAccountRequest>(OwnQuery::kAccount)).value(),
            (std::set<KeyKind>{KeyKind::kPatient, KeyKind::kLink}));
  v1::GetAccountRequest unsigned_request;
  unsigned_request.set_account(wire(patient()));
  EXPECT_EQ(account(unsigned_request).error().code, ErrorCode::kNotFound);
  auto named = by_himself<v1::GetAccountRequest>(OwnQuery::kAccount, unsigned_request);
  EXPECT_TRUE(account(named));
  named.set_account(wire(backend_.world.hospitals[1].id));
  EXPECT_EQ(account(named).error().code, ErrorCode::kInvalidArgument) << "of another";
  EXPECT_EQ(account(by_himself<v1::GetAccountRequest>(OwnQuery::kAccount), 1).error().code,
            ErrorCode::kUnauthenticated)
      << "signed for another member";
  EXPECT_EQ(account(by_himself<v1::GetAccountRequest>(OwnQuery::kProofs)).error().code,
            ErrorCode::kInvalidArgument)
      << "signed for another query";
  const auto clinicians = signed_by<v1::GetAccountRequest>(
      happenings_.ward().clinician, AuthorisationRole::kRequester, OwnQuery::kAccount);
  EXPECT_EQ(account(clinicians).error().code, ErrorCode::kUnauthenticated);
  backend_.is_fresh = false;
  EXPECT_EQ(account(by_himself<v1::GetAccountRequest>(OwnQuery::kAccount)).error().code,
            ErrorCode::kUnavailable)
      << "his key may have been replaced";
}

TEST_F(OwnQueries, APatientSeesHisEmergenciesThroughAnyMember) {
  happenings_.emergency();
  using Request = v1::ListDeclarationsRequest;
  EXPECT_EQ(declarations(by_himself<Request>(OwnQuery::kEmergencies)).value(), 1);
  Request unsigned_request;
  unsigned_request.set_patient(wire(patient()));
  EXPECT_EQ(declarations(unsigned_request, 0).value(), 1) << "his custodian";
  EXPECT_EQ(declarations(unsigned_request).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(declarations({}).value(), 0) << "the member's own";
  EXPECT_EQ(declarations(by_himself<Request>(OwnQuery::kEmergencies), 1).error().code,
            ErrorCode::kUnauthenticated);
  EXPECT_EQ(declarations(by_himself<Request>(OwnQuery::kGrants)).error().code,
            ErrorCode::kInvalidArgument);
  auto other = by_himself<Request>(OwnQuery::kEmergencies);
  other.set_patient(std::string(32, 'p'));
  EXPECT_EQ(declarations(other).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(OwnQueries, APatientMayHaveProofsOfWhatIsHis) {
  const auto id = test::test_id<Digest>(7);
  for (const KeyKind kind : {KeyKind::kPatient,
                             KeyKind::kProxy,
                             KeyKind::kLink,
                             KeyKind::kGrant,
                             KeyKind::kRevocation,
                             KeyKind::kRecovery}) {
    EXPECT_TRUE(may_prove_himself(patient(), StateKey::clinical(patient(), kind, id)));
    EXPECT_FALSE(
        may_prove_himself(patient(), StateKey::clinical(test::test_id<PatientId>(9), kind, id)));
  }
  for (const KeyKind kind : {KeyKind::kDeclaration, KeyKind::kReview}) {
    EXPECT_TRUE(may_prove_himself(patient(), StateKey::audit(patient(), kind, id)));
  }
  EXPECT_TRUE(may_prove_himself(patient(), StateKey::audit(patient(), KeyKind::kAccessRange, {})));
  EXPECT_FALSE(may_prove_himself(patient(), StateKey::main(KeyKind::kGroup, id)));
  // Some records are withheld from him; entries of the log are read under a reading.
  EXPECT_FALSE(may_prove_himself(patient(), StateKey::clinical(patient(), KeyKind::kRecord, id)));
  EXPECT_FALSE(
      may_prove_himself(patient(), StateKey::audit(patient(), KeyKind::kAccess, Bytes(8, 0))));
}

TEST_F(OwnQueries, ProofsOfHimselfAreForHisSignatureAtThisMember) {
  const auto key = of_key(identity::PatientEntry::key(patient()));
  EXPECT_EQ(proof(key), ErrorCode::kNotFound);
  EXPECT_EQ(proof(by_himself(OwnQuery::kProofs, key)), kMayBeProven);
  EXPECT_EQ(proof(by_himself(OwnQuery::kProofs, key), 1), ErrorCode::kUnauthenticated);
  EXPECT_EQ(proof(by_himself(OwnQuery::kGrants, key)), ErrorCode::kInvalidArgument);
  const auto others = of_key(
      StateKey::clinical(test::test_id<PatientId>(9), KeyKind::kProxy, test::test_id<Digest>(7)));
  EXPECT_EQ(proof(by_himself(OwnQuery::kProofs, others)), ErrorCode::kNotFound);
  // What every member may have he may have as well.
  EXPECT_EQ(proof(by_himself(
                OwnQuery::kProofs,
                of_key(StateKey::main(KeyKind::kOrganisation, backend_.world.hospitals[1].id)))),
            kMayBeProven);
  v1::GetProofRequest holds;
  holds.set_holds_of(wire(patient()));
  EXPECT_EQ(proof(holds), ErrorCode::kNotFound);
  EXPECT_EQ(proof(by_himself(OwnQuery::kProofs, holds)), kMayBeProven);
  holds.set_holds_of(std::string(32, 'p'));
  EXPECT_EQ(proof(by_himself(OwnQuery::kProofs, holds)), ErrorCode::kNotFound);
}

TEST_F(OwnQueries, OneSignatureOpensOneKey) {
  const auto key = of_key(identity::PatientEntry::key(patient()));
  auto signed_for_it = by_himself(OwnQuery::kProofs, key);
  v1::GetProofRequest holds;
  holds.set_holds_of(wire(patient()));
  holds.set_request(signed_for_it.request());
  holds.set_authorisation(signed_for_it.authorisation());
  EXPECT_EQ(proof(holds), ErrorCode::kInvalidArgument);
}

/// It would show a neighbour in his tree: perhaps a record that is withheld from him.
TEST_F(OwnQueries, NobodyProvesAPatientWhatIsNotThere) {
  const auto absent =
      of_key(StateKey::clinical(patient(), KeyKind::kProxy, test::test_id<Digest>(7)));
  EXPECT_EQ(proof(by_himself(OwnQuery::kProofs, absent)), ErrorCode::kNotFound);
  EXPECT_EQ(proof(absent, 0), kMayBeProven) << "his custodian";
}

TEST_F(OwnQueries, AReplacedKeyAsksNothingAnyMore) {
  const auto account_request = by_himself<v1::GetAccountRequest>(OwnQuery::kAccount);
  const auto emergencies = by_himself<v1::ListDeclarationsRequest>(OwnQuery::kEmergencies);
  const auto key = by_himself(OwnQuery::kProofs, of_key(identity::PatientEntry::key(patient())));
  auto entry = identity::PatientEntry::load(backend_.world.state, patient());
  entry->signing_keys = {PublicKey{}, test::test_key(900).public_key()};
  backend_.world.state.put(identity::PatientEntry::key(patient()), entry->encode());
  EXPECT_EQ(account(account_request).error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(declarations(emergencies).error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(proof(key), ErrorCode::kUnauthenticated);
}

TEST_F(OwnQueries, ALinkThatWasAMistakeNamesNobodyToHim) {
  const test::Party other = happenings_.link();
  auto& state = backend_.world.state;
  auto link = identity::LinkEntry::load(state, patient(), other.patient());
  ASSERT_TRUE(link);
  link->unlinked_at = backend_.world.now;
  state.put(identity::LinkEntry::key(patient(), other.patient()), link->encode());
  EXPECT_EQ(account(by_himself<v1::GetAccountRequest>(OwnQuery::kAccount)).value(),
            (std::set<KeyKind>{KeyKind::kPatient}));
  v1::GetAccountRequest of_custodian;
  of_custodian.set_account(wire(patient()));
  EXPECT_EQ(account(of_custodian, 0).value(),
            (std::set<KeyKind>{KeyKind::kPatient, KeyKind::kLink}));
}

}  // namespace
}  // namespace galen::rpc
