#include "rpc/emergency_gate.h"

#include "rpc/emergency_queries.h"
#include "unit/rpc/fake_backend.h"

#include <gtest/gtest.h>

namespace galen::rpc {
namespace {

using policy::Reason;
using test::FakeBackend;
using test::Party;

/// The machine's disk, whose syncs can be made to fail.
class FailingDisk final : public storage::Disk {
 public:
  class File final : public storage::DiskFile {
   public:
    File(std::unique_ptr<storage::DiskFile> file, const FailingDisk& disk)
        : file_(std::move(file)), disk_(disk) {}

    Status write_at(BytesView bytes, std::uint64_t offset) override {
      return file_->write_at(bytes, offset);
    }

    Status sync() override {
      if (disk_.broken) return fail(ErrorCode::kIo, "cannot sync");
      if (disk_.skips_syncs) return {};
      return file_->sync();
    }

    Result<Bytes> read_all() override { return file_->read_all(); }

   private:
    std::unique_ptr<storage::DiskFile> file_;
    const FailingDisk& disk_;
  };

  Result<std::unique_ptr<storage::DiskFile>> create_file(
      const std::filesystem::path& path) override {
    GALEN_TRY(auto file, storage::system_disk().create_file(path));
    return std::make_unique<File>(std::move(file), *this);
  }

  Result<std::unique_ptr<storage::DiskFile>> open_file(const std::filesystem::path& path) override {
    GALEN_TRY(auto file, storage::system_disk().open_file(path));
    return std::make_unique<File>(std::move(file), *this);
  }

  Status make_directory(const std::filesystem::path& path) override {
    return storage::system_disk().make_directory(path);
  }

  Status sync_directory(const std::filesystem::path& path) override {
    return storage::system_disk().sync_directory(path);
  }

  bool broken = false;
  bool skips_syncs = false;  ///< where thousands of entries are written
};

class EmergencyGate : public ::testing::Test {
 protected:
  EmergencyGate() {
    // The head is hours old: nobody else answers this node.
    backend_.is_fresh = false;
    backend_.wall_clock = TimeMs{world_.now.value + 5 * 60 * 60 * 1000};
    request_ = make(record_);
  }

  EmergencyRequest make(const RecordId& record) {
    EmergencyRequest request;
    request.access = world_.request(doctor_, clinic_.id, patient_, {record});
    request.access.purpose = "BTG";
    request.access.expiry = TimeMs{backend_.wall_clock.value + 60'000};
    sign(request);
    request.declaration.seed = test::test_id<Random32>(world_.next_number());
    request.declaration.person = doctor_.id;
    request.declaration.organisation = clinic_.id;
    request.declaration.patient = patient_.patient();
    request.declaration.from = TimeMs{backend_.wall_clock.value - 60'000};
    request.declaration.to = TimeMs{request.declaration.from.value + 2 * 60 * 60 * 1000};
    declare(request);
    return request;
  }

  void sign(EmergencyRequest& request) {
    request.authorisation = world_.sign(ledger::LogAccess{request.access},
                                        doctor_,
                                        ledger::AuthorisationRole::kRequester,
                                        {.submitter = clinic_.id});
  }

  void declare(EmergencyRequest& request) {
    request.declaration.declaration = ledger::declaration_id(world_.chain, request.declaration);
    request.declared_by =
        world_.sign(request.declaration, doctor_, ledger::AuthorisationRole::kRequester);
  }

  Result<EmergencyRelease> open(const EmergencyRequest& request) {
    return open_emergency_gate(backend_, {clinic_.id}, request);
  }

  /// The journal's first entry, as the custodian brings it to the chain.
  void anchor_and_log_first() {
    const auto held = backend_.emergency_journal().list(0, 1).front();
    ledger::AnchorJournal anchor;
    anchor.organisation = world_.hospitals[0].id;
    anchor.journal = held.record.entry.journal;
    anchor.head = held.hash;
    ASSERT_EQ(world_.execute(anchor, world_.hospitals[0]).code, ledger::ResultCode::kOk);
    ASSERT_EQ(
        world_.execute(held.record.entry, world_.hospitals[0], {held.record.authorisation}).code,
        ledger::ResultCode::kOk);
  }

  /// What an order of erasure leaves of the patient, and what the end of his log's retention does.
  void erase_patient(const Party& custodian, bool with_his_log = false) {
    ledger::Tombstone stone;
    stone.subject = ledger::subject_path(patient_.patient());
    stone.custodian = custodian.id;
    if (with_his_log) stone.audit = ledger::Erasure{};
    world_.state.put(ledger::Tombstone::key(stone.subject), stone.encode());
  }

  [[nodiscard]] std::uint64_t logged(const PatientId& log) const {
    return audit::load_access_range(world_.state, log).count;
  }

  /// The request is refused like any other, and stands in the journal with its reason.
  void expect_refused(const EmergencyRequest& request, Reason reason) {
    const auto before = backend_.emergency_journal().state().last;
    const auto release = open(request);
    ASSERT_FALSE(release);
    EXPECT_EQ(release.error(), (Error{ErrorCode::kNotFound, "not found"}));
    const auto journaled = backend_.emergency_journal().list(before + 1, 9);
    ASSERT_EQ(journaled.size(), 1U);
    EXPECT_EQ(journaled.front().record.entry.reasons.front(), static_cast<std::uint8_t>(reason));
  }

  FakeBackend backend_;
  test::HealthWorld& world_ = backend_.world;
  Party clinic_ = world_.hospitals[1];
  Party patient_ = world_.add_patient(world_.hospitals[0]);
  RecordId record_ = world_.add_record(world_.hospitals[0], patient_);
  Party doctor_ = world_.add_practitioner(clinic_, ledger::Role::kClinician, true);
  EmergencyRequest request_;
};

TEST_F(EmergencyGate, OpensOnAStaleNodeWithADeclarationTheChainDoesNotKnow) {
  const auto release = open(request_);
  ASSERT_TRUE(release) << release.error().message;
  EXPECT_EQ(release->obligations, (std::vector<std::string>{"notify-patient", "review"}));
  const auto journaled = backend_.emergency_journal().list(0, 9);
  ASSERT_EQ(journaled.size(), 1U);
  EXPECT_EQ(journaled.front().record.entry, release->entry);
  EXPECT_EQ(journaled.front().record.entry.request, request_.access);
  EXPECT_EQ(journaled.front().record.declaration, request_.declaration);
  EXPECT_EQ(journaled.front().hash, release->hash);
  const Bytes statement = ledger::journal_receipt_statement(
      world_.chain, release->entry.journal, release->entry.number, release->hash);
  EXPECT_TRUE(crypto::verify(world_.hospitals[0].key.public_key(), statement, release->receipt));
  EXPECT_TRUE(recheck_emergency(backend_, *release));
}

TEST_F(EmergencyGate, TheSameRequestIsReleasedUnderItsEntry) {
  const auto first = open(request_);
  const auto again = open(request_);
  ASSERT_TRUE(first);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->entry, first->entry);
  EXPECT_EQ(again->hash, first->hash);
  EXPECT_EQ(backend_.emergency_journal().state().last, 1U);
}

TEST_F(EmergencyGate, DeclarationsThatNobodyBringsTakePlacesHere) {
  for (std::uint32_t i = 0; i < emergency::kMaxUnreviewed; ++i) {
    ASSERT_TRUE(open(make(record_))) << i;
  }
  expect_refused(make(record_), Reason::kEmergencyNotDeclared);
  // Under one that has its place, more may be opened.
  auto more = make(world_.add_record(world_.hospitals[0], patient_));
  const auto held = backend_.emergency_journal().list(1, 1).front().record;
  more.declaration = held.declaration;
  more.declared_by = held.declared_by;
  EXPECT_TRUE(open(more));
}

TEST_F(EmergencyGate, NothingLeavesBeforeTheJournalIsSynced) {
  FailingDisk disk;
  backend_.open_journal(disk);
  disk.broken = true;
  const auto release = open(request_);
  ASSERT_FALSE(release);
  EXPECT_EQ(release.error().code, ErrorCode::kUnavailable);
  auto refused = request_;
  refused.access.expiry = TimeMs{1};
  sign(refused);
  // Refused and permitted look the same on a node that cannot record.
  EXPECT_EQ(open(refused).error(), release.error());
  backend_.open_journal(storage::system_disk());
}

/// One that stands and one that does not, of a patient here, of another hospital's and of nobody.
TEST_F(EmergencyGate, AJournalThatTakesNothingTellsNothingOfThePatient) {
  FailingDisk disk;
  disk.skips_syncs = true;
  backend_.open_journal(disk);
  auto denied = make(record_);
  denied.declared_by.signature = request_.authorisation.signature;
  auto others = denied;
  others.access.patient = world_.add_patient(world_.hospitals[2]).patient();
  auto unknown = denied;
  unknown.access.patient = test::test_id<PatientId>(9);
  const std::vector<EmergencyRequest> refused{denied, others, unknown};
  const Error not_there{ErrorCode::kNotFound, "not found"};
  expect_refused(denied, Reason::kEmergencyNotDeclared);
  const auto fill = [&](bool released) {
    auto& journal = backend_.emergency_journal();
    const auto record = journal.list(journal.state().last, 1).front().record;
    while (journal.append(record, released)) {
    }
  };
  fill(false);
  for (const auto& request : refused) EXPECT_EQ(open(request).error(), not_there);
  // Refusals keep nobody from a release.
  ASSERT_TRUE(open(request_));
  fill(true);
  for (const auto& request : refused) {
    EXPECT_EQ(open(request).error().code, ErrorCode::kResourceExhausted);
  }
  EXPECT_EQ(open(make(record_)).error(), open(unknown).error());
  EXPECT_TRUE(open(request_)) << "it is in the journal already";
  backend_.open_journal(disk);
  disk.broken = true;
  // Who meets the failure first learns nothing, either.
  EXPECT_EQ(open(denied).error(), not_there);
  for (const auto& request : refused) {
    EXPECT_EQ(open(request).error().code, ErrorCode::kUnavailable);
  }
  EXPECT_EQ(open(request_).error(), open(unknown).error());
  backend_.open_journal(storage::system_disk());
}

TEST_F(EmergencyGate, RefusedAttemptsAreJournaledWithTheirReason) {
  auto request = make(record_);
  request.authorisation.signature = request.declared_by.signature;
  expect_refused(request, Reason::kNotAuthenticated);
  request = make(record_);
  request.access.expiry = backend_.wall_clock;
  sign(request);
  expect_refused(request, Reason::kRequestExpired);
  request = make(record_);
  request.access.recipient_key = test::test_key(9).public_key();
  sign(request);
  expect_refused(request, Reason::kRecipientKey);
  expect_refused(make(test::test_id<RecordId>(9)), Reason::kUnknownRecord);
}

TEST_F(EmergencyGate, ADeclarationThatDoesNotStandIsNone) {
  auto request = make(record_);
  request.declared_by.signature = request.authorisation.signature;
  expect_refused(request, Reason::kEmergencyNotDeclared);
  request = make(record_);
  request.declaration.to = TimeMs{request.declaration.from.value + 5 * 60 * 60 * 1000};
  declare(request);
  expect_refused(request, Reason::kEmergencyNotDeclared);
  request = make(record_);
  request.declaration.from.value -= 3 * 60 * 60 * 1000;
  request.declaration.to.value -= 3 * 60 * 60 * 1000;
  declare(request);
  expect_refused(request, Reason::kEmergencyExpired);
  request = make(record_);
  request.declaration.patient = world_.add_patient(world_.hospitals[0]).patient();
  declare(request);
  expect_refused(request, Reason::kEmergencyNotDeclared);
}

/// What was released would stand in the journal under a declaration that nobody checked.
TEST_F(EmergencyGate, ADeclarationOnTheChainServesNoRequestUnderAnother) {
  world_.now = backend_.wall_clock;
  ASSERT_EQ(world_.execute(request_.declaration, clinic_, {request_.declared_by}).code,
            ledger::ResultCode::kOk);
  auto other = make(record_);
  other.declared_by.signature = request_.authorisation.signature;
  expect_refused(other, Reason::kEmergencyNotDeclared);
  // Under its id, with other content.
  other = make(record_);
  other.declaration = request_.declaration;
  other.declaration.reason = ledger::EmergencyReason::kOther;
  other.declared_by = request_.declared_by;
  expect_refused(other, Reason::kEmergencyNotDeclared);
  // Itself it counts by the chain's word, and no longer than it lasts.
  other.declaration = request_.declaration;
  other.declared_by.signature = request_.authorisation.signature;
  EXPECT_TRUE(open(other));
  backend_.wall_clock = request_.declaration.to;
  other.access.expiry = TimeMs{backend_.wall_clock.value + 60'000};
  sign(other);
  expect_refused(other, Reason::kEmergencyExpired);
}

TEST_F(EmergencyGate, AnotherOrganisationCannotUseTheRequestNorFillLogsWithIt) {
  const auto release = open_emergency_gate(backend_, {world_.hospitals[2].id}, request_);
  ASSERT_FALSE(release);
  EXPECT_EQ(release.error().code, ErrorCode::kInvalidArgument);
  auto unknown = request_;
  unknown.access.patient = test::test_id<PatientId>(9);
  const auto same = open_emergency_gate(backend_, {world_.hospitals[2].id}, unknown);
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error(), release.error());
  EXPECT_EQ(backend_.emergency_journal().state().last, 0U);
}

TEST_F(EmergencyGate, ADeclarationFoundUnjustifiedOpensNothingMore) {
  const Party officer = world_.add_practitioner(clinic_, ledger::Role::kPrivacyOfficer, false);
  const auto signed_by = [&](const ledger::Operation& operation, const Party& person) {
    return world_.sign(operation, person, ledger::AuthorisationRole::kRequester);
  };
  ASSERT_TRUE(open(request_));
  // The custodian tells of the release; the declaration itself is never brought.
  anchor_and_log_first();
  ledger::ReviewEmergency review;
  review.patient = patient_.patient();
  review.declaration = request_.declaration.declaration;
  review.reviewer = officer.id;
  review.outcome = ledger::ReviewOutcome::kUnjustified;
  ASSERT_EQ(world_.execute(review, clinic_, {signed_by(review, officer)}).code,
            ledger::ResultCode::kOk);
  auto more = make(world_.add_record(world_.hospitals[0], patient_));
  more.declaration = request_.declaration;
  more.declared_by = request_.declared_by;
  expect_refused(more, Reason::kEmergencyNotDeclared);
}

TEST_F(EmergencyGate, WaitsWhileTheNodeCatchesUp) {
  backend_.is_catching_up = true;
  const auto release = open(request_);
  ASSERT_FALSE(release);
  EXPECT_EQ(release.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(backend_.emergency_journal().state().last, 0U);
}

TEST_F(EmergencyGate, ADenyThatForbidsStandsHereToo) {
  auto deny = world_.deny_all(patient_);
  deny.terms.emergency_override = ledger::EmergencyOverride::kForbid;
  const auto release = open(request_);
  ASSERT_TRUE(release);
  world_.must_give(deny, patient_);
  expect_refused(request_, Reason::kEmergencyForbidden);
  EXPECT_FALSE(recheck_emergency(backend_, *release));
}

TEST_F(EmergencyGate, TheCustodiansNodeAloneReleasesAndRecords) {
  const Party elsewhere = world_.add_patient(world_.hospitals[2]);
  const RecordId foreign = world_.add_record(world_.hospitals[2], elsewhere);
  auto request = make(foreign);
  request.access.patient = elsewhere.patient();
  sign(request);
  request.declaration.patient = elsewhere.patient();
  declare(request);
  // Whatever is so there, and whether there is anybody: one answer, and no entry that tells more.
  const auto permitted = open(request);
  ASSERT_FALSE(permitted);
  const auto same = [&](EmergencyRequest other) {
    const auto answer = open(other);
    return !answer && answer.error() == permitted.error();
  };
  auto other = request;
  other.declared_by.signature = request.authorisation.signature;
  EXPECT_TRUE(same(other));
  other = request;
  other.access.records = {test::test_id<RecordId>(9)};
  sign(other);
  EXPECT_TRUE(same(other));
  other = request;
  other.access.patient = test::test_id<PatientId>(9);
  sign(other);
  EXPECT_TRUE(same(other));
  EXPECT_EQ(backend_.emergency_journal().state().last, 0U);
}

/// PRIVACY 28: erased and denied differ neither in the answer nor in what is left of the attempt.
TEST_F(EmergencyGate, AttemptsOnAPatientItErasedStandInWhatIsLeftOfHisLog) {
  const auto release = open(request_);
  ASSERT_TRUE(release);
  backend_.open_journal(storage::system_disk());
  erase_patient(world_.hospitals[0]);
  EXPECT_FALSE(recheck_emergency(backend_, *release));
  expect_refused(request_, Reason::kUnknownRecord);
  EXPECT_EQ(waiting_emergency_entries(backend_), 1U);
  anchor_and_log_first();
  EXPECT_EQ(waiting_emergency_entries(backend_), 0U);
  ASSERT_EQ(logged(patient_.patient()), 1U);
  const auto told = audit::load_access(world_.state, patient_.patient(), 0);
  EXPECT_EQ(told->request, request_.access);
  EXPECT_EQ(told->role, ledger::Role::kClinician);
  ASSERT_EQ(told->decisions.size(), 1U);
  EXPECT_EQ(told->decisions.front().reason, Reason::kUnknownRecord);
  EXPECT_EQ(logged(audit::organisation_log(world_.hospitals[0].id)), 0U);
}

TEST_F(EmergencyGate, WithHisLogGoneTooTheyStandInTheHospitalsOwn) {
  erase_patient(world_.hospitals[0], true);
  expect_refused(request_, Reason::kUnknownRecord);
  anchor_and_log_first();
  EXPECT_EQ(waiting_emergency_entries(backend_), 0U);
  EXPECT_EQ(logged(patient_.patient()), 0U);
  const PatientId own = audit::organisation_log(world_.hospitals[0].id);
  ASSERT_EQ(logged(own), 1U);
  const auto told = audit::load_access(world_.state, own, 0);
  ASSERT_TRUE(told->asked);
  EXPECT_EQ(told->asked->reason, Reason::kNotFound);
  EXPECT_EQ(told->request.patient, PatientId{});
}

TEST_F(EmergencyGate, OfWhomAnotherHospitalErasedNothingIsRecorded) {
  erase_patient(world_.hospitals[2]);
  EXPECT_EQ(open(request_).error(), (Error{ErrorCode::kNotFound, "not found"}));
  EXPECT_EQ(backend_.emergency_journal().state().last, 0U);
}

TEST_F(EmergencyGate, OnlyAnEmergencyForOneRecordIsAsked) {
  auto request = make(record_);
  request.access.purpose = "TREAT";
  EXPECT_EQ(open(request).error().code, ErrorCode::kInvalidArgument);
  request = make(record_);
  request.access.records.push_back(test::test_id<RecordId>(9));
  EXPECT_EQ(open(request).error().code, ErrorCode::kInvalidArgument);
  request = make(record_);
  request.access.action = ledger::Action::kDiscover;
  EXPECT_EQ(open(request).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(backend_.emergency_journal().state().last, 0U);
}

TEST_F(EmergencyGate, TheOwnGatewayGetsWhatItHasToBring) {
  ASSERT_TRUE(open(request_));
  v1::ListEmergencyEntriesResponse response;
  EXPECT_EQ(list_emergency_entries(backend_, {clinic_.id}, {}, response).error().code,
            ErrorCode::kPermissionDenied);
  ASSERT_TRUE(list_emergency_entries(backend_, {world_.hospitals[0].id}, {}, response));
  EXPECT_EQ(response.last(), 1U);
  EXPECT_EQ(response.anchored(), 0U);
  ASSERT_EQ(response.items_size(), 1);
  EXPECT_FALSE(response.items(0).logged());
  EXPECT_FALSE(response.items(0).declared());
  EXPECT_EQ(waiting_emergency_entries(backend_), 1U);
  // Anchored and logged, it leaves the journal.
  anchor_and_log_first();
  EXPECT_EQ(waiting_emergency_entries(backend_), 0U);
  v1::ListEmergencyEntriesResponse after;
  ASSERT_TRUE(list_emergency_entries(backend_, {world_.hospitals[0].id}, {}, after));
  EXPECT_EQ(after.items_size(), 0);
  EXPECT_EQ(after.anchored(), 1U);
  EXPECT_TRUE(backend_.emergency_journal().list(0, 9).empty());
}

}  // namespace
}  // namespace galen::rpc
