#include "storage/database.h"

#include "base/check.h"
#include "storage/block_reader.h"
#include "storage/commit_rows.h"
#include "storage/eraser.h"
#include "storage/erasure_batch.h"
#include "storage/state_intake.h"
#include "storage/state_rows.h"
#include "storage/store.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>

namespace galen::storage {

namespace {

constexpr std::size_t kMiB = std::size_t{1024} * 1024;
constexpr std::size_t kBlockCacheBytes = 64 * kMiB;
constexpr std::size_t kRowCacheBytes = 32 * kMiB;
constexpr std::size_t kWriteBufferBytes = 32 * kMiB;
constexpr std::size_t kWriteBufferTotalBytes = 64 * kMiB;
/// Blocks verified at every start (DUR-8).
constexpr std::uint64_t kBlocksCheckedAtOpen = 8;

/// Of what lives outside the ledger: never made for it.
Result<SubjectKeysPtr> outside_keys(Result<SubjectKeysPtr> found) {
  if (found && !*found) return fail(ErrorCode::kNotFound, "the subject has no key on this node");
  return found;
}

class HeadSnapshot final : public StateSnapshot {
 public:
  HeadSnapshot(std::shared_ptr<const Store> store, Head head)
      : store_(std::move(store)),
        head_(std::move(head)),
        rows_(*store_, store_->ledger->snapshot()) {}

  [[nodiscard]] const Head& head() const override { return head_; }

  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override {
    return rows_.get(key);
  }

  void scan(const ledger::TreeId& tree,
            ledger::KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override {
    rows_.scan(tree, kind, visit);
  }

  [[nodiscard]] std::optional<Bytes> page(const execution::PageId& id) const override {
    return rows_.page(id);
  }

  [[nodiscard]] std::optional<Digest> value_salt(const ledger::StateKey& key) const override {
    return rows_.value_salt(key);
  }

  [[nodiscard]] std::optional<PatientId> subject_at(const SubjectPath& path,
                                                    ledger::TreeKind compartment) const override {
    return rows_.subject_at(path, compartment);
  }

  [[nodiscard]] std::uint64_t count_bodies(const ledger::BodiesOf& bodies) const override {
    return rows_.count_bodies(bodies);
  }

  [[nodiscard]] std::optional<PatientId> clinical_subject(const Digest& key_hash) const override {
    return rows_.clinical_subject(key_hash);
  }

  void subjects(const std::function<bool(const PatientId&)>& visit) const override {
    rows_.subjects(visit);
  }

 private:
  std::shared_ptr<const Store> store_;
  Head head_;
  StateRows rows_;
};

Head genesis_head(const ledger::Genesis& genesis, const ChainId& chain, const Digest& state_root) {
  Head head;
  head.header.chain = chain;
  head.header.validators = ledger::validators_hash(ledger::validator_set(genesis));
  head.header.next_validators = head.header.validators;
  head.header.time = genesis.time;
  head.header.state_root = state_root;
  head.hash = id_cast<BlockHash>(chain);
  return head;
}

}  // namespace

void Store::fatal(const std::string& what) const {
  if (on_fatal) on_fatal(what);
  std::fprintf(stderr, "galend: storage: %s; stopping\n", what.c_str());
  std::_Exit(kStorageFailureExitCode);
}

class Database::Core {
 public:
  explicit Core(std::shared_ptr<Store> store)
      : store_(std::move(store)),
        reader_(*store_),
        rows_(*store_, nullptr),
        commits_(*store_),
        evidence_(store_),
        eraser_(*store_, moving_, [this] { renew_snapshot(); }) {}

  [[nodiscard]] Status start(const ledger::Genesis& genesis) {
    GALEN_TRY_STATUS(check_keyring());
    GALEN_TRY_STATUS(finish_switch(*store_));
    GALEN_TRY_STATUS(evidence_.load());
    GALEN_TRY_STATUS(check_notes());
    GALEN_TRY_STATUS(count_open_erasures());
    GALEN_TRY(const std::optional<Bytes> row, store_->get(Column::kMeta, head_key()));
    if (!row) return install(genesis);
    GALEN_TRY(const HeadRow head, decode_head_row(*row));
    GALEN_TRY(Head found, reader_.header(head.height));
    GALEN_TRY_STATUS(check_tail(found));
    move_to(std::move(found), head.journal_sequence);
    return {};
  }

  [[nodiscard]] Status apply(const CommitBatch& block) {
    const std::lock_guard moving(moving_);
    if (broken_) return fail(ErrorCode::kIo, "storage failed before; the process must stop");
    const Head current = head();
    if (block.header.height != current.height().next() || block.header.parent != current.hash) {
      return fail(ErrorCode::kFailedPrecondition, "the block does not continue the head");
    }
    CHECK(block.header.state_root == block.outcome.state.state_root, "the outcome is this block's");
    Head next{block.header, ledger::block_hash(block.header), block.certificate};
    CHECK(block.certificate.subject.block == next.hash, "the certificate is this block's");
    Batch batch(*store_->ledger);
    ErasureBatch erasures(*store_, block);
    Status written = commits_.add_block(block, erasures, batch);
    if (written) written = erasures.add_rows(batch);
    if (written) written = finish(batch, next.height(), block.journal_sequence);
    if (!written) {
      broken_ = true;
      return fail(ErrorCode::kIo, "applying a block: " + written.error().message);
    }
    const std::uint64_t sequence = store_->ledger->sequence();
    for (const KeyName& name : erasures.concealed()) store_->keyring->conceal(name, sequence);
    if (erasures.has_orders()) open_erasures_ = true;
    move_to(std::move(next), block.journal_sequence);
    return {};
  }

  [[nodiscard]] Result<std::unique_ptr<StateIntake>> intake() {
    GALEN_TRY_STATUS(Staging(*store_).clear());
    return std::make_unique<StateIntake>(store_);
  }

  [[nodiscard]] Status take(StateIntake& intake, const Head& head, std::uint64_t journal_sequence) {
    const std::lock_guard moving(moving_);
    if (broken_) return fail(ErrorCode::kIo, "storage failed before; the process must stop");
    CHECK(intake.prepared() == head.header.state_root, "the intake is prepared for this head");
    Status done = intake.add_orders();
    if (done) done = begin_switch(*store_, {head.height(), journal_sequence});
    if (done) done = finish_switch(*store_);
    if (done && execution::tree_root(rows_, ledger::TreeId{}) != head.header.state_root) {
      done = fail(ErrorCode::kCorrupt, "the state that was taken has another root");
    }
    if (!done) {
      broken_ = true;
      return fail(ErrorCode::kIo, "taking a state: " + done.error().message);
    }
    const std::uint64_t sequence = store_->ledger->sequence();
    for (const KeyName& name : intake.concealed()) store_->keyring->conceal(name, sequence);
    if (intake.has_orders()) open_erasures_ = true;
    move_to(head, journal_sequence);
    return {};
  }

  [[nodiscard]] Eraser& eraser() { return eraser_; }

  [[nodiscard]] bool has_open_erasures() const { return open_erasures_; }

  /// After a phase.
  [[nodiscard]] Status count_open_erasures() {
    const std::lock_guard moving(moving_);
    GALEN_TRY(const auto rows, eraser_.list());
    open_erasures_ = std::any_of(rows.begin(), rows.end(), [](const auto& row) {
      return row.second.step != ErasureStep::kBytesGone;
    });
    return {};
  }

  [[nodiscard]] Head head() const {
    const std::lock_guard lock(mutex_);
    return snapshot_->head();
  }

  [[nodiscard]] std::uint64_t journal_mark() const {
    const std::lock_guard lock(mutex_);
    return journal_mark_;
  }

  [[nodiscard]] std::shared_ptr<const StateSnapshot> snapshot() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  }

  [[nodiscard]] Store& store() const { return *store_; }

  [[nodiscard]] EvidenceLog& evidence() { return evidence_; }

  [[nodiscard]] const BlockReader& reader() const { return reader_; }

  [[nodiscard]] const StateRows& rows() const { return rows_; }

 private:
  /// Before anything is written under its keys.
  [[nodiscard]] Status check_keyring() const {
    GALEN_TRY(const std::optional<Bytes> row, store_->get(Column::kMeta, head_key()));
    if (!row) return {};
    GALEN_TRY(const HeadRow head, decode_head_row(*row));
    if (head.keyring != store_->keyring->id()) {
      return fail(ErrorCode::kCorrupt,
                  "the keyring is not the one this ledger was written with; restore both from "
                  "the same backup");
    }
    if (head.keys_made <= store_->keyring->made()) return {};
    // Who is missing in it would look as if he had been erased.
    return fail(ErrorCode::kCorrupt,
                "the keyring is older than this ledger and lacks " +
                    std::to_string(head.keys_made - store_->keyring->made()) +
                    " of its keys; restore a newer one, or move the ledger's directory away and "
                    "start again: the node takes the state from the others");
  }

  /// Blocks that name a subject whose key is gone cannot be executed again.
  [[nodiscard]] Status check_notes() {
    GALEN_TRY(strange_notes_, eraser_.resume());
    GALEN_TRY(const std::optional<Bytes> row, store_->get(Column::kMeta, head_key()));
    if (!row) return {};
    GALEN_TRY(const HeadRow head, decode_head_row(*row));
    if (strange_notes_ <= head.strange_notes) return {};
    return fail(ErrorCode::kCorrupt,
                "the ledger is older than its keyring, which has carried out " +
                    std::to_string(strange_notes_ - head.strange_notes) +
                    " erasures that the ledger does not know; move the ledger's directory away and "
                    "start again: the node takes the state from the others");
  }

  [[nodiscard]] Status install(const ledger::Genesis& genesis) {
    const execution::StateCommit state = execution::genesis_state(genesis);
    Head head = genesis_head(genesis, store_->chain, state.state_root);
    Batch batch(*store_->ledger);
    GALEN_TRY_STATUS(commits_.add_state(state, batch));
    batch.put(static_cast<std::size_t>(Column::kBlocks),
              header_key(Height{0}),
              encode_header_row(head.header, std::nullopt));
    GALEN_TRY_STATUS(finish(batch, Height{0}, 0));
    move_to(std::move(head), 0);
    return {};
  }

  /// Adds the head row and writes.
  [[nodiscard]] Status finish(Batch& batch, Height height, std::uint64_t journal_sequence) {
    const HeadRow row{
        height, journal_sequence, store_->keyring->id(), store_->keyring->made(), strange_notes_};
    batch.put(static_cast<std::size_t>(Column::kMeta), head_key(), encode(row));
    return store_->ledger->write(batch);
  }

  /// The last blocks and the state root are what their hashes say.
  [[nodiscard]] Status check_tail(const Head& head) const {
    const std::uint64_t top = head.height().value;
    const std::uint64_t count = std::min(top, kBlocksCheckedAtOpen);
    BlockHash expected = head.hash;
    for (std::uint64_t height = top; height > top - count; --height) {
      GALEN_TRY(const StoredBlock block, reader_.block(Height{height}));
      if (block.hash != expected) {
        return fail(ErrorCode::kCorrupt,
                    "block " + std::to_string(height) + ": is not its child's parent");
      }
      expected = block.block.header.parent;
    }
    if (execution::tree_root(rows_, ledger::TreeId{}) != head.header.state_root) {
      return fail(ErrorCode::kCorrupt, "the state does not match the head's state root");
    }
    return {};
  }

  /// Readers see the same state, but no row that was deleted since.
  void renew_snapshot() {
    const std::lock_guard moving(moving_);
    move_to(head(), journal_mark());
  }

  void move_to(Head head, std::uint64_t journal_sequence) {
    auto snapshot = std::make_shared<const HeadSnapshot>(store_, std::move(head));
    const std::lock_guard lock(mutex_);
    snapshot_ = std::move(snapshot);
    journal_mark_ = journal_sequence;
  }

  std::shared_ptr<Store> store_;
  BlockReader reader_;
  StateRows rows_;
  CommitRows commits_;
  EvidenceLog evidence_;
  std::mutex moving_;  ///< held while a block is applied: the head moves with its rows
  Eraser eraser_;
  std::atomic<bool> open_erasures_ = false;
  bool broken_ = false;
  std::uint64_t strange_notes_ = 0;  ///< at the start
  mutable std::mutex mutex_;         ///< guards what follows
  std::shared_ptr<const StateSnapshot> snapshot_;
  std::uint64_t journal_mark_ = 0;
};

Database::Database(std::shared_ptr<Core> core) : core_(std::move(core)) {}

Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const Options& options,
                                                 const ledger::Genesis& genesis) {
  const ChainId chain = ledger::chain_id(genesis);
  GALEN_TRY(DataDirectory directory,
            DataDirectory::open(options.path, chain, options.node, options.create_if_missing));
  auto store = std::make_shared<Store>(std::move(directory), chain, options.on_fatal);
  GALEN_TRY(store->keyring, Keyring::open(store->directory.keyring(), store->random));
  const RocksSettings settings{
      store->directory.ledger(),
      column_names(),
      kBlockCacheBytes,
      kWriteBufferBytes,
      kWriteBufferTotalBytes,
      {static_cast<std::size_t>(Column::kState), static_cast<std::size_t>(Column::kSubjects)},
      kRowCacheBytes};
  GALEN_TRY(store->ledger, Rocks::open(settings));
  auto core = std::make_shared<Core>(std::move(store));
  const Status started = core->start(genesis);
  if (!started) return fail_in(options.path.string(), started.error());
  return std::unique_ptr<Database>(new Database(std::move(core)));
}

Status Database::apply(const CommitBatch& batch) {
  return core_->apply(batch);
}

Result<std::unique_ptr<StateIntake>> Database::intake() {
  return core_->intake();
}

Status Database::take(StateIntake& intake, const Head& head, std::uint64_t journal_sequence) {
  return core_->take(intake, head, journal_sequence);
}

Head Database::head() const {
  return core_->head();
}

std::uint64_t Database::journal_mark() const {
  return core_->journal_mark();
}

const ChainId& Database::chain() const {
  return core_->store().chain;
}

Result<StoredBlock> Database::block(Height height) const {
  return core_->reader().block(height);
}

Result<Head> Database::header(Height height) const {
  return core_->reader().header(height);
}

Result<TransactionPlace> Database::find_transaction(const TxId& id) const {
  return core_->reader().find_transaction(id);
}

Result<ledger::Transaction> Database::transaction(const TransactionPlace& place) const {
  return core_->reader().transaction(place);
}

Result<StoredResults> Database::results(const TransactionPlace& place) const {
  return core_->reader().results(place);
}

Result<std::map<OrderId, ErasureRow>> Database::erasures() const {
  return core_->eraser().list();
}

bool Database::has_open_erasures() const {
  return core_->has_open_erasures();
}

Status Database::erase_keys(const OrderId& order, const WallClock& now) {
  return core_->eraser().erase_keys(order, now);
}

Status Database::erase_bytes(const OrderId& order, const WallClock& now) {
  GALEN_TRY_STATUS(core_->eraser().erase_bytes(order, now));
  return core_->count_open_erasures();
}

std::optional<PatientId> Database::subject_at(const SubjectPath& path,
                                              ledger::TreeKind compartment) const {
  return core_->rows().subject_at(path, compartment);
}

std::uint64_t Database::count_bodies(const ledger::BodiesOf& bodies) const {
  return core_->rows().count_bodies(bodies);
}

EvidenceLog& Database::evidence() const {
  return core_->evidence();
}

Result<std::filesystem::path> Database::write_fail_stop(
    const ledger::FailStopBundle& bundle) const {
  const std::uint64_t height =
      bundle.certificates.empty() ? 0 : bundle.certificates.front().subject.height.value;
  const std::string name = std::string(kFailStopPrefix) + std::to_string(height);
  return core_->store().directory.leave(name + std::string(kFailStopExtension),
                                        ledger::encode(bundle));
}

Result<std::optional<std::filesystem::path>> Database::fail_stop() const {
  return core_->store().directory.fail_stop();
}

std::shared_ptr<const StateSnapshot> Database::snapshot() const {
  return core_->snapshot();
}

Result<Bytes> Database::seal(const PatientId& subject,
                             Compartment compartment,
                             BytesView associated_data,
                             BytesView plaintext) {
  GALEN_TRY(const Bytes named, seal_named(subject, compartment, associated_data, plaintext));
  return to_bytes(BytesView(named).subspan(KeyName::kSize));
}

Result<Bytes> Database::unseal(const PatientId& subject,
                               Compartment compartment,
                               BytesView associated_data,
                               BytesView sealed) const {
  GALEN_TRY(const auto keys,
            outside_keys(core_->store().keyring->find(SubjectRef{subject, compartment})));
  return keys->open(outside_context(associated_data), sealed);
}

Result<Bytes> Database::seal_named(const PatientId& subject,
                                   Compartment compartment,
                                   BytesView associated_data,
                                   BytesView plaintext) {
  Store& store = core_->store();
  GALEN_TRY(const auto keys, outside_keys(store.keyring->find(SubjectRef{subject, compartment})));
  const auto nonce = store.random.next<crypto::AeadNonce>();
  Bytes named = to_bytes(keys->name());
  const Bytes sealed = keys->seal(nonce, outside_context(associated_data), plaintext);
  named.insert(named.end(), sealed.begin(), sealed.end());
  return named;
}

Result<Bytes> Database::unseal_named(BytesView associated_data, BytesView sealed) const {
  if (sealed.size() < KeyName::kSize) return fail(ErrorCode::kCorrupt, "no name of a key");
  const auto name = KeyName::from(sealed.first(KeyName::kSize));
  const Keyring& keyring = *core_->store().keyring;
  GALEN_TRY(const auto keys, keyring.find_visible(name));
  if (!keys) {
    GALEN_TRY(const bool destroyed, keyring.was_destroyed(name));
    if (destroyed) return fail(ErrorCode::kNotFound, "the subject's key was destroyed");
    return fail(ErrorCode::kFailedPrecondition, "this keyring has no such key, and destroyed none");
  }
  return keys->open(outside_context(associated_data), sealed.subspan(KeyName::kSize));
}

std::optional<Bytes> Database::get(const ledger::StateKey& key) const {
  return core_->rows().get(key);
}

void Database::scan(const ledger::TreeId& tree,
                    ledger::KeyKind kind,
                    const std::function<bool(BytesView, BytesView)>& visit) const {
  core_->rows().scan(tree, kind, visit);
}

std::optional<Bytes> Database::page(const execution::PageId& id) const {
  return core_->rows().page(id);
}

}  // namespace galen::storage
