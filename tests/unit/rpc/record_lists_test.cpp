// Who may see which index entries of a patient, and when.
#include "base/limits.h"
#include "modules/audit/entries.h"
#include "modules/records/records.h"
#include "unit/rpc/consent_queries_fixture.h"

#include <utility>

namespace galen::rpc {
namespace {

TEST_F(ConsentQueries, RecordsAreListedOnlyAsFarAsDiscoverIsPermitted) {
  EXPECT_EQ(listed(everything()), 0U);

  ward_.grant();
  v1::ListRecordsResponse response;
  ASSERT_TRUE(list_records(backend_, caller(1), everything(), response));
  ASSERT_EQ(response.entries_size(), 1);
  const auto entry = records::RecordEntry::decode(as_bytes(response.entries(0)));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->record.record, ward_.record);
}

TEST_F(ConsentQueries, AListNamesNoVersionThatItsReaderMayNotDiscover) {
  auto& world = backend_.world;
  const auto patient = ward_.patient.patient();
  ward_.grant();
  const auto first = records::RecordEntry::load(world.state, patient, ward_.record);
  ASSERT_TRUE(first);
  ledger::ReplaceRecord replace{ward_.record,
                                first->record,
                                ledger::RecordChange::kRelabelled,
                                ledger::RecordChange::kRelabelled};
  replace.next.seed = test::test_id<Random32>(77);
  replace.next.record = ledger::record_id(world.chain, world.hospitals[0].id, replace.next.seed);
  replace.next.labels = {"PSY"};
  replace.next.confidentiality = ledger::Confidentiality::kR;
  ASSERT_EQ(world.execute(replace, world.hospitals[0]).code, ledger::ResultCode::kOk);
  const auto entries_of = [&](std::size_t hospital, const v1::ListRecordsRequest& request) {
    v1::ListRecordsResponse response;
    EXPECT_TRUE(list_records(backend_, caller(hospital), request, response));
    std::vector<records::RecordEntry> entries;
    for (const auto& bytes : response.entries())
      entries.push_back(records::RecordEntry::decode(as_bytes(bytes)).value());
    return entries;
  };
  // Superseded it is, and every permit says so; by what, and when, is not for this reader.
  const auto shown = entries_of(1, everything());
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].status, ledger::RecordStatus::kSuperseded);
  EXPECT_EQ(shown[0].succeeded, records::RecordSuccession{});
  auto proven = everything();
  proven.set_with_proofs(true);
  EXPECT_TRUE(entries_of(1, proven).empty()) << "a proof would open the whole value";
  for (const auto& entry : entries_of(0, without_access())) {
    if (entry.record.record == ward_.record) {
      EXPECT_EQ(entry.succeeded->by, replace.next.record);
    }
  }
  // Who may discover both sees how they belong together.
  auto terms = ward_.terms();
  terms.confidentiality = ledger::Confidentiality::kR;
  terms.labels = {"PSY"};
  world.must_give(ledger::GrantAccess{terms}, ward_.patient);
  const auto both = entries_of(1, everything());
  ASSERT_EQ(both.size(), 2U);
  for (const auto& entry : both) {
    if (entry.succeeded) {
      EXPECT_EQ(entry.succeeded->by, replace.next.record);
    }
    if (entry.origin) {
      EXPECT_EQ(entry.origin->replaces, ward_.record);
    }
  }
}

TEST_F(ConsentQueries, EachListIsAnEntryOfThePatientsLogFirst) {
  const auto count = [&] {
    return audit::load_access_range(backend_.world.state, ward_.patient.patient()).count;
  };
  const std::uint64_t before = count();
  const auto request = everything();
  listed(request);
  listed(request);  // its further pages
  ASSERT_EQ(count(), before + 1);
  const auto entry = audit::load_access(backend_.world.state, ward_.patient.patient(), before);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->request.person, ward_.clinician.id);
  ASSERT_EQ(entry->decisions.size(), 1U);
  EXPECT_EQ(entry->decisions.front().reason, policy::Reason::kListed);
}

TEST_F(ConsentQueries, AListIsJudgedByWhatHoldsWhenItIsRead) {
  const auto request = everything();
  EXPECT_EQ(listed(request), 0U);
  const GrantId grant = ward_.grant();
  EXPECT_EQ(listed(request), 1U);
  const ledger::RevokeAccess revoke{ward_.patient.patient(), grant, {}};
  ASSERT_EQ(backend_.world.give(revoke, ward_.patient, backend_.world.hospitals[0]).code,
            ledger::ResultCode::kOk);
  EXPECT_EQ(listed(request), 0U);
}

TEST_F(ConsentQueries, AnAccessToRecordsListsThoseAlone) {
  ward_.grant();
  backend_.world.add_record(backend_.world.hospitals[0], ward_.patient);
  EXPECT_EQ(listed(everything()), 2U);
  EXPECT_EQ(listed(under(ward_.access(ledger::Action::kRead))), 1U);
  EXPECT_EQ(listed(under(ward_.access(ledger::Action::kDiscover))), 1U);
  auto unknown = ward_.access();
  unknown.request.records = {test::test_id<RecordId>(9)};
  EXPECT_EQ(listed(under(unknown)), 0U);
}

TEST_F(ConsentQueries, ProofsOfEntriesComeWhenAskedForAndTheyCanBeGiven) {
  auto request = without_access();
  v1::ListRecordsResponse response;
  ASSERT_TRUE(list_records(backend_, caller(0), request, response));
  EXPECT_EQ(response.proofs_size(), 0);
  // This state has no certified block: no entry may leave as if it were proven.
  request.set_with_proofs(true);
  v1::ListRecordsResponse proven;
  EXPECT_EQ(list_records(backend_, caller(0), request, proven).error().code,
            ErrorCode::kFailedPrecondition);
  EXPECT_EQ(proven.entries_size(), 0);
}

TEST_F(ConsentQueries, AnUnknownPatientLooksLikeOneWithoutPermission) {
  auto access = listing();
  access.request.patient = test::test_id<PatientId>(99);
  const auto about_known = everything();
  const auto about_unknown = under(access);
  const auto detail = [&](const v1::ListRecordsRequest& request) {
    const auto id = TxId::from(as_bytes(request.access_tx_id()));
    return backend_.reader.stored_results.at(backend_.reader.places.at(id)).front()->detail;
  };
  EXPECT_EQ(detail(about_known), detail(about_unknown));
  v1::ListRecordsResponse denied;
  ASSERT_TRUE(list_records(backend_, caller(1), about_known, denied));
  v1::ListRecordsResponse unknown;
  ASSERT_TRUE(list_records(backend_, caller(1), about_unknown, unknown));
  EXPECT_EQ(denied.SerializeAsString(), unknown.SerializeAsString());

  auto nobody = without_access();
  nobody.set_patient(wire(access.request.patient));
  EXPECT_EQ(refusal(1, without_access()), refusal(1, nobody));
}

TEST_F(ConsentQueries, TheCustodianListsRecordsWithoutAnAccess) {
  v1::ListRecordsResponse response;
  ASSERT_TRUE(list_records(backend_, caller(0), without_access(), response));
  EXPECT_EQ(response.entries_size(), 1);
  EXPECT_EQ(refusal(1, without_access()).code, ErrorCode::kUnauthenticated);
}

TEST_F(ConsentQueries, AnAccessServesItsOrganisationUntilItExpires) {
  ward_.grant();
  const auto request = everything();
  EXPECT_EQ(refusal(2, request), (Error{ErrorCode::kNotFound, "not found"}));
  EXPECT_EQ(refusal(0, request), (Error{ErrorCode::kNotFound, "not found"}));
  backend_.wall_clock = TimeMs{backend_.wall_clock.value + 59'999};
  EXPECT_EQ(listed(request), 1U);
  backend_.wall_clock = TimeMs{backend_.wall_clock.value + 1};
  EXPECT_EQ(refusal(1, request).code, ErrorCode::kExpired);
}

TEST_F(ConsentQueries, ARefusedAccessListsNothing) {
  ward_.grant();
  const auto& hospital = backend_.world.hospitals[1];
  v1::ListRecordsRequest request;
  // Not signed, and signed by somebody else.
  request.set_access_tx_id(wire(backend_.read(listing(), hospital)));
  EXPECT_EQ(refusal(1, request), (Error{ErrorCode::kNotFound, "not found"}));
  const auto access = listing();
  const auto forged = backend_.world.sign(
      access, ward_.patient, ledger::AuthorisationRole::kRequester, {.submitter = hospital.id});
  request.set_access_tx_id(wire(backend_.read(access, hospital, {forged})));
  EXPECT_EQ(refusal(1, request), (Error{ErrorCode::kNotFound, "not found"}));
  // Committed, but not executed on this state; another operation; no such place.
  const auto pending = listing();
  request.set_access_tx_id(wire(backend_.reader.commit(hospital, pending, {ward_.sign(pending)})));
  EXPECT_EQ(refusal(1, request), (Error{ErrorCode::kNotFound, "not found"}));
  request.set_access_tx_id(wire(backend_.read(ward_.patient.patient(), 1)));
  EXPECT_EQ(refusal(1, request), (Error{ErrorCode::kNotFound, "not found"}));
  request = everything();
  request.set_access_operation(1);
  EXPECT_EQ(refusal(1, request), (Error{ErrorCode::kNotFound, "not found"}));
  request.set_access_operation(65'536);
  EXPECT_EQ(refusal(1, request).code, ErrorCode::kInvalidArgument);
}

TEST_F(ConsentQueries, AnAccessThatThisNodeHasNotCommittedMayBeAskedForAgain) {
  v1::ListRecordsRequest request;
  request.set_access_tx_id(wire(test::test_id<TxId>(5)));
  EXPECT_EQ(refusal(1, request).code, ErrorCode::kUnavailable);
  request.set_access_tx_id("short");
  EXPECT_EQ(refusal(1, request).code, ErrorCode::kInvalidArgument);
  request = everything();
  const Height head = std::exchange(backend_.world.height, Height{});
  EXPECT_EQ(refusal(1, request).code, ErrorCode::kUnavailable) << "in a block above this state";
  backend_.world.height = head;
  request.set_patient(wire(ward_.patient.id));
  EXPECT_EQ(refusal(1, request).code, ErrorCode::kInvalidArgument);
}

TEST_F(ConsentQueries, WhoMayAskForNoListGetsNone) {
  ward_.grant();
  auto access = listing();
  access.request.purpose = "HPAYMT";  // not a clinician's
  EXPECT_EQ(refusal(1, under(access)), (Error{ErrorCode::kNotFound, "not found"}));
  const auto& log = ward_.patient.patient();
  const std::uint64_t count = audit::load_access_range(backend_.world.state, log).count;
  const auto entry = audit::load_access(backend_.world.state, log, count - 1);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->decisions.front().reason, policy::Reason::kPurpose);
}

TEST_F(ConsentQueries, WhatAnAccessWasRefusedItDoesNotShowLater) {
  const auto refused = under(ward_.access(ledger::Action::kRead));
  EXPECT_EQ(listed(refused), 0U);
  ward_.grant();
  EXPECT_EQ(listed(refused), 0U) << "the log says that nothing was shown";
  EXPECT_EQ(listed(under(ward_.access(ledger::Action::kRead))), 1U);
}

TEST_F(ConsentQueries, AListOfAPatientWhoWasUnknownStaysEmpty) {
  test::HealthWorld& world = backend_.world;
  const auto key = test::test_key(world.next_number());
  const auto registration = world.patient_operation(world.hospitals[0], key);
  auto access = listing();
  access.request.patient = registration.patient;
  const auto request = under(access);
  ASSERT_EQ(world.execute(registration, world.hospitals[0]).code, ledger::ResultCode::kOk);
  const test::Party patient{id_cast<AccountId>(registration.patient), key};
  world.add_record(world.hospitals[0], patient);
  world.must_give(ledger::GrantAccess{world.terms(patient, world.hospitals[1].id)}, patient);
  EXPECT_EQ(listed(request), 0U) << "it stands in no log of his";
  auto again = listing();
  again.request.patient = registration.patient;
  EXPECT_EQ(listed(under(again)), 1U);
}

TEST_F(ConsentQueries, TheLastUseShowsItsOwnIndexEntry) {
  auto terms = ward_.terms();
  terms.max_uses = 1;
  backend_.world.must_give(ledger::GrantAccess{terms}, ward_.patient);
  const auto read = under(ward_.access(ledger::Action::kRead));
  EXPECT_EQ(listed(read), 1U);
  EXPECT_EQ(listed(everything()), 0U);
}

TEST_F(ConsentQueries, AnAccessEndsByBlockTimeToo) {
  ward_.grant();
  const auto request = everything();
  backend_.world.now = TimeMs{backend_.world.now.value + 60'000};
  EXPECT_EQ(refusal(1, request).code, ErrorCode::kExpired);
}

TEST_F(ConsentQueries, AListNeedsAFreshNode) {
  const auto request = everything();
  backend_.is_fresh = false;
  EXPECT_EQ(refusal(1, request).code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace galen::rpc
