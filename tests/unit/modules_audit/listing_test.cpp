// An access for a list: decided once, without a record; one entry, whatever the patient's consent.
#include "modules/audit/audit.h"
#include "modules/audit/entries.h"
#include "modules/audit/replay.h"
#include "support/health_world.h"
#include "unit/modules_audit/read_across_fixture.h"

#include <gtest/gtest.h>

#include <set>

namespace galen::audit {
namespace {

using ledger::AccessRequest;
using ledger::AuthorisationRole;
using policy::Reason;
using test::Party;
using test::test_id;

class Listing : public ReadAcrossTest {
 protected:
  [[nodiscard]] AccessRequest ask(const PatientId& of) {
    AccessRequest request = world.request(doctor, reader.id, patient, {RecordId{}});
    request.action = ledger::Action::kDiscover;
    request.patient = of;
    return request;
  }

  [[nodiscard]] AccessRequest ask() { return ask(patient.patient()); }

  bool list(const AccessRequest& request, const Party& signer) {
    const ledger::LogAccess access{request};
    const auto authorisation = world.sign(access, signer, AuthorisationRole::kRequester);
    return execute(access, {authorisation});
  }

  bool list(const AccessRequest& request) { return list(request, doctor); }

  bool execute(const ledger::LogAccess& access, std::vector<ledger::Authorisation> authorisations) {
    const auto result = world.execute(access, reader, std::move(authorisations));
    EXPECT_EQ(result.code, ledger::ResultCode::kOk);
    const auto outcome = AccessOutcome::decode(result.detail);
    EXPECT_TRUE(outcome && outcome->permits.size() == 1);
    return outcome && outcome->permits.at(0);
  }

  [[nodiscard]] std::vector<AccessEntry> entries(const PatientId& log) const {
    std::vector<AccessEntry> found;
    for (std::uint64_t i = 0; i < load_access_range(world.state, log).count; ++i) {
      found.push_back(load_access(world.state, log, i).value());
    }
    return found;
  }

  [[nodiscard]] std::vector<AccessEntry> of_patient() const { return entries(patient.patient()); }

  [[nodiscard]] std::vector<AccessEntry> of_reader() const {
    return entries(organisation_log(reader.id));
  }

  void expect_refused(const AccessEntry& entry, Reason reason) {
    ASSERT_EQ(entry.decisions.size(), 1U);
    EXPECT_EQ(entry.decisions.front().reason, reason);
  }
};

TEST(AccessRequestTest, OnlyDiscoveryOfOneZeroIdIsAListing) {
  AccessRequest request;
  request.action = ledger::Action::kDiscover;
  EXPECT_FALSE(request.is_listing());
  request.records = {RecordId{}};
  EXPECT_TRUE(request.is_listing());
  request.action = ledger::Action::kRead;
  EXPECT_FALSE(request.is_listing());
  request.action = ledger::Action::kDiscover;
  request.records = {test_id<RecordId>(1)};
  EXPECT_FALSE(request.is_listing());
  request.records = {RecordId{}, test_id<RecordId>(1)};
  EXPECT_FALSE(request.is_listing());
}

TEST_F(Listing, IsOneEntryOfThePatientWhateverHeConsentedTo) {
  const AccessRequest request = ask();
  EXPECT_TRUE(list(request));
  world.must_give(ledger::GrantAccess{world.terms(patient, reader.id)}, patient);
  EXPECT_TRUE(list(ask()));
  ASSERT_EQ(of_patient().size(), 2U);
  for (const AccessEntry& entry : of_patient()) {
    EXPECT_EQ(entry.role, ledger::Role::kClinician);
    ASSERT_EQ(entry.decisions.size(), 1U);
    EXPECT_EQ(entry.decisions.front(),
              (RecordDecision{RecordId{}, Reason::kListed, std::nullopt, {}}));
  }
  EXPECT_EQ(of_patient().front().request, request);
}

TEST_F(Listing, OfAnUnknownOrErasedPatientIsAnsweredTheSameAndStandsInTheOwnLog) {
  EXPECT_TRUE(list(ask(test_id<PatientId>(5))));
  world.put_tombstone(patient.patient());
  EXPECT_TRUE(list(ask()));
  ASSERT_EQ(of_reader().size(), 2U);
  for (const AccessEntry& entry : of_reader()) EXPECT_EQ(entry.asked->reason, Reason::kListed);
}

TEST_F(Listing, TheSameRequestIsAnsweredByItsFirstEntry) {
  const AccessRequest known = ask();
  const AccessRequest unknown = ask(test_id<PatientId>(5));
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(list(known));
    EXPECT_TRUE(list(unknown));
  }
  EXPECT_EQ(of_patient().size(), 1U);
  EXPECT_EQ(of_reader().size(), 2U);
}

/// An id used for an unknown patient stands in the own log, one of a known one in his: neither may
/// show with another patient.
TEST_F(Listing, ARequestIdUsedForOnePatientTellsNothingOfAnother) {
  const Party other = world.add_patient(custodian);
  const PatientId nobody = test_id<PatientId>(5);
  for (const PatientId& first : {patient.patient(), nobody}) {
    for (const PatientId& second : {other.patient(), test_id<PatientId>(6)}) {
      const AccessRequest one = ask(first);
      AccessRequest two = ask(second);
      two.request = one.request;
      EXPECT_TRUE(list(one));
      EXPECT_TRUE(list(two));
      AccessRequest third = one;
      third.expiry.value -= 1;
      EXPECT_FALSE(list(third)) << "another request about the same patient";
    }
  }
}

TEST_F(Listing, OpensNoKeySoNeedsNone) {
  AccessRequest request = ask();
  request.recipient_key = {};
  EXPECT_TRUE(list(request));
  expect_refused(of_patient().front(), Reason::kListed);
}

TEST_F(Listing, TakesNoUseOfAGrant) {
  auto terms = world.terms(patient, reader.id);
  terms.max_uses = 1;
  const GrantId grant = world.must_give(ledger::GrantAccess{terms}, patient);
  EXPECT_TRUE(list(ask()));
  EXPECT_EQ(consent::list_grants(world.state, patient.patient()).at(grant).uses_left, 1U);
}

TEST_F(Listing, IsRefusedForTheSameReasonsForEveryPatient) {
  const Party stranger = world.add_practitioner(world.hospitals[2]);
  for (const PatientId& of : {patient.patient(), test_id<PatientId>(5)}) {
    EXPECT_FALSE(execute(ledger::LogAccess{ask(of)}, {}));
    EXPECT_FALSE(list(ask(of), stranger));
    AccessRequest late = ask(of);
    late.expiry = world.now;
    EXPECT_FALSE(list(late));
    AccessRequest other = ask(of);
    other.purpose = "HPAYMT";
    EXPECT_FALSE(list(other));
  }
  world.suspend(reader.id);
  EXPECT_FALSE(list(ask()));
  EXPECT_FALSE(list(ask(test_id<PatientId>(5))));
  const std::vector<Reason> reasons{Reason::kNotAuthenticated,
                                    Reason::kNotAuthenticated,
                                    Reason::kRequestExpired,
                                    Reason::kPurpose,
                                    Reason::kMemberInactive};
  const auto known = of_patient();
  ASSERT_EQ(known.size(), reasons.size());
  for (std::size_t i = 0; i < reasons.size(); ++i) expect_refused(known[i], reasons[i]);
  std::multiset<Reason> asked;
  for (const AccessEntry& entry : of_reader()) asked.insert(entry.asked->reason.value());
  std::multiset<Reason> twice(reasons.begin(), reasons.end());
  twice.insert(reasons.begin(), reasons.end());
  EXPECT_EQ(asked, twice);
}

TEST_F(Listing, IsDecidedAgainAsLongAsTheRequesterIsTheSame) {
  EXPECT_TRUE(list(ask()));
  std::map<ledger::StateKey, Height> written;
  const auto replay = [&] {
    const History history{
        [&](const ledger::StateKey& key) {
          const auto found = written.find(key);
          return std::optional(found == written.end() ? Height{1} : found->second);
        },
        [](Height) { return std::optional<TimeMs>(); },
        [](Height) { return std::vector<ExecutedOperation>(); }};
    return Replay(world.state, of_patient().front(), 0, history).replay(RecordId{});
  };
  // What was written of the patient since does not matter.
  world.must_give(world.deny_all(patient), patient);
  for (const auto& [key, write] : world.last_writes) written[key] = world.height;
  ASSERT_TRUE(replay().decision) << replay().changed;
  EXPECT_EQ(replay().decision->reason, Reason::kListed);
  EXPECT_TRUE(replay().decision->permit);
  written[ledger::StateKey::main(ledger::KeyKind::kParameters)] = world.height;
  EXPECT_FALSE(replay().decision);
}

}  // namespace
}  // namespace galen::audit
