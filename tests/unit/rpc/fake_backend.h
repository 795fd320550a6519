// A node for the services: a HealthWorld as committed state, transactions that tests put in, a real
// object store, and submissions that tests answer. Thread rule: as Backend; set up from one thread.
#pragma once

#include "payload/key_envelope.h"
#include "rpc/backend.h"
#include "rpc/shared_consents.h"
#include "support/health_world.h"
#include "support/memory_sealer.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdlib.h>
#include <string>
#include <utility>
#include <vector>

namespace galen::test {

class FakeSnapshot final : public storage::StateSnapshot {
 public:
  FakeSnapshot(MemoryState state, storage::Head head) : state_(std::move(state)), head_(head) {}

  [[nodiscard]] const storage::Head& head() const override { return head_; }

  [[nodiscard]] std::optional<Digest> value_salt(const ledger::StateKey& key) const override {
    const auto found = salts.find(key);
    return found == salts.end() ? std::nullopt : std::optional(found->second);
  }

  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override {
    return state_.get(key);
  }

  void scan(const ledger::TreeId& tree,
            ledger::KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override {
    state_.scan(tree, kind, visit);
  }

  [[nodiscard]] std::optional<Bytes> page(const execution::PageId& id) const override {
    return state_.page(id);
  }

  std::map<ledger::StateKey, Digest> salts;

 private:
  MemoryState state_;
  storage::Head head_;
};

class FakeLedger final : public rpc::LedgerReader {
 public:
  explicit FakeLedger(HealthWorld& world) : world_(world) {}

  [[nodiscard]] std::shared_ptr<const storage::StateSnapshot> snapshot() const override {
    const std::lock_guard lock(mutex);
    storage::Head head;
    head.header.height = world_.height;
    head.header.time = world_.now;
    head.certificate = certificate;
    return std::make_shared<FakeSnapshot>(world_.state, head);
  }

  [[nodiscard]] Result<storage::StoredBlock> block(Height height) const override {
    ++blocks_read;
    const std::lock_guard lock(mutex);
    const auto found = blocks.find(height);
    if (found == blocks.end()) return fail(ErrorCode::kNotFound, "no such block");
    return found->second;
  }

  [[nodiscard]] Result<storage::Head> header(Height height) const override {
    GALEN_TRY(const auto found, block(height));
    return storage::Head{found.block.header, found.hash, found.certificate};
  }

  [[nodiscard]] Result<storage::TransactionPlace> find_transaction(const TxId& id) const override {
    const auto found = places.find(id);
    if (found == places.end()) return fail(ErrorCode::kNotFound, "no such transaction");
    return found->second;
  }

  [[nodiscard]] Result<ledger::Transaction> transaction(
      const storage::TransactionPlace& place) const override {
    GALEN_TRY(const auto found, block(place.height));
    return ledger::decode_transaction(found.block.transactions.at(place.index));
  }

  [[nodiscard]] Result<storage::StoredResults> results(
      const storage::TransactionPlace& place) const override {
    const std::lock_guard lock(mutex);
    return stored_results.at(place);
  }

  /// A block of its own for a transaction of `submitter`, with results that say ok.
  TxId commit(const Party& submitter,
              const ledger::Operation& operation,
              std::vector<ledger::Authorisation> authorisations = {}) {
    crypto::OsRandom random;
    ledger::TransactionBuilder builder(world_.chain, submitter.id, 0, random);
    builder.add(operation, std::move(authorisations));
    const auto header = builder.header({0, ++sequence_}, TimeMs{world_.now.value + 1000});
    const auto transaction =
        std::move(builder).finish(header, submitter.key.sign(ledger::signing_bytes(header)));
    storage::StoredBlock stored;
    stored.block.header.chain = world_.chain;
    stored.block.header.height = Height{sequence_};
    stored.block.header.time = world_.now;
    stored.block.transactions = {ledger::encode(transaction)};
    stored.hash = ledger::block_hash(stored.block.header);
    const TxId id = ledger::transaction_id(header);
    stored.receipts = {{id, true, {}}};
    const storage::TransactionPlace place{Height{sequence_}, 0};
    const std::lock_guard lock(mutex);
    blocks[place.height] = stored;
    places[id] = place;
    stored_results[place] = {ledger::OperationResult{ledger::ResultCode::kOk, to_bytes("detail")}};
    return id;
  }

  mutable std::atomic<std::uint64_t> blocks_read = 0;
  mutable std::mutex mutex;  ///< of all below, and of the world when a test changes it meanwhile
  std::optional<ledger::Certificate> certificate;  ///< of the head
  std::map<Height, storage::StoredBlock> blocks;
  std::map<TxId, storage::TransactionPlace> places;
  std::map<storage::TransactionPlace, storage::StoredResults> stored_results;

 private:
  HealthWorld& world_;
  std::uint64_t sequence_ = 0;
};

class TestDirectory {
 public:
  TestDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "galen-rpc-XXXXXX").string();
    CHECK(::mkdtemp(name.data()) != nullptr, "a temporary directory");
    path = name;
  }

  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }

  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  std::filesystem::path path;
};

class FakeEvidence final : public rpc::EvidenceReader {
 public:
  [[nodiscard]] std::vector<ledger::StoredEvidence> list(
      const std::optional<ledger::VoteSlot>& after,
      std::optional<ValidatorIndex> member,
      std::size_t limit) const override {
    return index.list(after, member, limit);
  }

  [[nodiscard]] std::optional<ledger::StoredEvidence> find(
      const ledger::EvidenceId& id) const override {
    return index.find(id);
  }

  [[nodiscard]] std::size_t size() const override { return index.size(); }

  [[nodiscard]] std::uint64_t dropped() const override { return 3; }

  ledger::EvidenceIndex index;
};

/// The node of hospital 0.
class FakeBackend final : public rpc::Backend {
 public:
  struct Submission {
    Bytes transaction;
    AccountId caller;
    bool wait = false;
    std::function<void(rpc::SubmitOutcome)> done;
  };

  FakeBackend() : reader(world), agreement_keys{world.hospitals[0].key} {
    payload::StoreOptions options;
    options.directory = (directory_.path / "objects").string();
    options.min_free_bytes = 0;
    auto opened = payload::ObjectStore::open(options, sealer, random_);
    CHECK(opened.has_value(), "an object store");
    store_ = *std::move(opened);
    genesis_.name = "test";
    for (const Party& hospital : world.hospitals) {
      ledger::GenesisOrganisation organisation;
      organisation.id = hospital.id;
      organisation.name = "hospital-" + std::to_string(genesis_.organisations.size() + 1);
      genesis_.organisations.push_back(organisation);
      ledger::GenesisValidator validator;
      validator.organisation = hospital.id;
      genesis_.validators.push_back(validator);
    }
    wall_clock = world.now;
    open_journal(storage::system_disk());
  }

  /// A journal of its own on another disk, to see it fail.
  void open_journal(storage::Disk& disk) {
    const auto directory = directory_.path / ("emergency-" + std::to_string(++journals_));
    auto journal = storage::EmergencyJournal::open(
        {directory, world.chain, world.hospitals[0].id, {}}, random_, disk);
    CHECK(journal.has_value(), "a journal");
    journal_ = *std::move(journal);
  }

  void submit(Bytes transaction,
              const AccountId& caller,
              bool wait,
              std::function<void(rpc::SubmitOutcome)> done) override {
    Submission submission{std::move(transaction), caller, wait, std::move(done)};
    if (on_submit) {
      on_submit(std::move(submission));
      return;
    }
    rpc::SubmitOutcome outcome;
    outcome.committed = submission.wait;
    outcome.height = Height{7};
    submission.done(outcome);
  }

  [[nodiscard]] rpc::NodeStatus status() const override {
    rpc::NodeStatus status;
    status.version = "1.2.3";
    status.peers = {{ValidatorIndex{1}, true, Height{9}}};
    return status;
  }

  [[nodiscard]] const rpc::LedgerReader& ledger() const override { return reader; }

  [[nodiscard]] const rpc::EvidenceReader& evidence() const override { return kept; }

  [[nodiscard]] audit::ConsentMemory& consents() const override { return consents_; }

  [[nodiscard]] const ledger::Genesis& genesis() const override { return genesis_; }

  [[nodiscard]] const ChainId& chain() const override { return world.chain; }

  [[nodiscard]] ValidatorIndex self() const override { return {}; }

  [[nodiscard]] const AccountId& organisation() const override { return world.hospitals[0].id; }

  [[nodiscard]] bool catching_up() const override { return is_catching_up; }

  [[nodiscard]] bool fresh() const override {
    if (fresh_answers.load() == 0) return false;
    if (fresh_answers.load() > 0) --fresh_answers;
    return is_fresh;
  }

  [[nodiscard]] TimeMs now() const override { return wall_clock; }

  [[nodiscard]] payload::ObjectStore& objects() override { return *store_; }

  [[nodiscard]] const crypto::PrivateKey* agreement_key(const Digest& key_id) const override {
    for (const crypto::PrivateKey& key : agreement_keys) {
      if (payload::agreement_key_id(key.public_key()) == key_id) return &key;
    }
    return nullptr;
  }

  [[nodiscard]] std::optional<ledger::LabelKey> label_key(const PatientId& patient,
                                                          std::uint32_t key_id) const override {
    return label_secrets.find(chain(), patient, key_id);
  }

  [[nodiscard]] Signature sign_receipt(BytesView statement) override {
    return world.hospitals[0].key.sign(statement);
  }

  [[nodiscard]] storage::EmergencyJournal& emergency_journal() const override { return *journal_; }

  /// Executes the operation on the state as the next block does, which holds it alone; then the
  /// head is there.
  ledger::OperationResult happen(const ledger::Operation& operation,
                                 const Party& submitter,
                                 std::vector<ledger::Authorisation> authorisations = {}) {
    const TxId id = reader.commit(submitter, operation, authorisations);
    const std::lock_guard lock(reader.mutex);
    const storage::TransactionPlace place = reader.places.at(id);
    const Height before = std::exchange(world.height, place.height);
    CHECK(before < place.height || reader.blocks.size() == 1, "a head that moves on");
    auto result = world.execute(operation, submitter, std::move(authorisations));
    reader.stored_results[place] = {result};
    return result;
  }

  /// Commits an access, or a reading of a log, and executes it at the head as it is.
  TxId read(const ledger::Operation& operation,
            const Party& submitter,
            std::vector<ledger::Authorisation> authorisations = {}) {
    const TxId id = reader.commit(submitter, operation, authorisations);
    const std::lock_guard lock(reader.mutex);
    auto result = world.execute(operation, submitter, std::move(authorisations));
    const storage::TransactionPlace place = reader.places.at(id);
    reader.stored_results[place] = {std::move(result)};
    world.height = std::max(world.height, place.height);
    return id;
  }

  /// By an organisation itself, of the whole log.
  TxId read(const PatientId& log, std::size_t hospital = 0) {
    const Party& reads = world.hospitals[hospital];
    return read(world.reading(reads.id, reads.id, log, "HOPERAT"), reads);
  }

  HealthWorld world;
  FakeLedger reader;
  FakeEvidence kept;
  std::vector<crypto::PrivateKey> agreement_keys;  ///< the present one first
  ledger::LabelSecrets label_secrets;
  MemorySealer sealer;
  std::atomic<bool> is_fresh = true;
  std::atomic<bool> is_catching_up = false;
  /// How often it says so before it stops; negative: as long as it is asked.
  mutable std::atomic<int> fresh_answers = -1;
  TimeMs wall_clock;
  std::function<void(Submission)> on_submit;

 private:
  mutable rpc::SharedConsents consents_;
  TestDirectory directory_;
  crypto::OsRandom random_;
  std::unique_ptr<payload::ObjectStore> store_;
  std::unique_ptr<storage::EmergencyJournal> journal_;
  int journals_ = 0;
  ledger::Genesis genesis_;
};

/// A patient of hospital 0 with a record there; hospital 1 has a clinician.
struct Ward {
  explicit Ward(HealthWorld& w)
      : world(w),
        patient(w.add_patient(w.hospitals[0])),
        record(w.add_record(w.hospitals[0], patient)),
        clinician(w.add_practitioner(w.hospitals[1])) {}

  /// The clinician's request to do `action` to the record.
  [[nodiscard]] ledger::LogAccess access(ledger::Action action = ledger::Action::kRead) const {
    auto request = world.request(clinician, world.hospitals[1].id, patient, {record});
    request.action = action;
    return {request};
  }

  [[nodiscard]] ledger::Authorisation sign(const ledger::LogAccess& access) const {
    return world.sign(access,
                      clinician,
                      ledger::AuthorisationRole::kRequester,
                      {.submitter = world.hospitals[1].id});
  }

  GrantId grant() { return world.must_give(ledger::GrantAccess{terms()}, patient); }

  [[nodiscard]] ledger::GrantTerms terms() const {
    return world.terms(patient, world.hospitals[1].id);
  }

  HealthWorld& world;
  Party patient;
  RecordId record;
  Party clinician;
};

}  // namespace galen::test
