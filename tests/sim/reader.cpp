#include "sim/reader.h"

#include "base/check.h"
#include "base/limits.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace galen::sim {

namespace {

constexpr std::size_t kDownloads = 16;

/// A process' committed state while nothing changes it.
class Snapshot final : public storage::StateSnapshot {
 public:
  Snapshot(const Ledger& ledger, const Consortium& consortium) : ledger_(ledger) {
    head_.header.chain = consortium.chain;
    head_.header.height = ledger.head.height;
    head_.header.time = ledger.head.time;
    head_.hash = ledger.head.hash;
    head_.certificate = ledger.certificate;
  }

  [[nodiscard]] const storage::Head& head() const override { return head_; }

  [[nodiscard]] std::optional<Digest> value_salt(const ledger::StateKey&) const override {
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override {
    return ledger_.state.get(key);
  }

  void scan(const ledger::TreeId& tree,
            ledger::KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override {
    ledger_.state.scan(tree, kind, visit);
  }

  [[nodiscard]] std::optional<Bytes> page(const execution::PageId& id) const override {
    return ledger_.state.page(id);
  }

 private:
  const Ledger& ledger_;
  storage::Head head_;
};

/// What the gate asks of a node, answered by a process; nothing else.
class Node final : public rpc::Backend, public rpc::LedgerReader {
 public:
  Node(Process& process, const Consortium& consortium)
      : process_(process), consortium_(consortium) {}

  [[nodiscard]] const rpc::LedgerReader& ledger() const override { return *this; }

  [[nodiscard]] bool fresh() const override { return process_.fresh(); }

  [[nodiscard]] bool catching_up() const override { return false; }

  [[nodiscard]] TimeMs now() const override { return process_.now(); }

  [[nodiscard]] audit::ConsentMemory& consents() const override { return process_.consents(); }

  [[nodiscard]] const ledger::Genesis& genesis() const override { return consortium_.genesis; }

  [[nodiscard]] const ChainId& chain() const override { return consortium_.chain; }

  [[nodiscard]] ValidatorIndex self() const override { return process_.identity(); }

  [[nodiscard]] const AccountId& organisation() const override {
    return consortium_.hospitals[process_.identity().value].id;
  }

  [[nodiscard]] std::shared_ptr<const storage::StateSnapshot> snapshot() const override {
    return std::make_shared<Snapshot>(process_.ledger(), consortium_);
  }

  [[nodiscard]] Result<storage::TransactionPlace> find_transaction(const TxId& id) const override {
    const auto found = process_.ledger().places.find(id);
    if (found == process_.ledger().places.end())
      return fail(ErrorCode::kNotFound, "no such transaction");
    return found->second;
  }

  [[nodiscard]] Result<ledger::Transaction> transaction(
      const storage::TransactionPlace& place) const override {
    const Ledger& ledger = process_.ledger();
    ledger::Transaction transaction =
        ledger.blocks[place.height.value - 1].transactions[place.index]->transaction;
    for (const auto& [index, operation] : ledger.bodies.holes(place.height)) {
      if (index == place.index) transaction.operations[operation] = Digest{};
    }
    return transaction;
  }

  // The gate asks nothing of this.
  void submit(Bytes, const AccountId&, bool, std::function<void(rpc::SubmitOutcome)>) override {
    never();
  }

  [[nodiscard]] rpc::NodeStatus status() const override { never(); }

  [[nodiscard]] const rpc::EvidenceReader& evidence() const override { never(); }

  [[nodiscard]] payload::ObjectStore& objects() override { never(); }

  [[nodiscard]] const crypto::PrivateKey* agreement_key(const Digest&) const override { never(); }

  [[nodiscard]] std::optional<ledger::LabelKey> label_key(const PatientId&,
                                                          std::uint32_t) const override {
    never();
  }

  [[nodiscard]] Signature sign_receipt(BytesView) override { never(); }

  [[nodiscard]] storage::EmergencyJournal& emergency_journal() const override { never(); }

  [[nodiscard]] Result<storage::StoredBlock> block(Height) const override { never(); }

  [[nodiscard]] Result<storage::Head> header(Height) const override { never(); }

  [[nodiscard]] Result<storage::StoredResults> results(
      const storage::TransactionPlace&) const override {
    never();
  }

 private:
  [[noreturn]] static void never() { violated("I13", "the gate asks for what it does not need"); }

  Process& process_;
  const Consortium& consortium_;
};

bool answers(const Process& process, Micros now) {
  return process.up() && process.strategy == nullptr && now >= process.paused_until;
}

}  // namespace

void Reader::learn() {
  const auto& chain = invariants_.chain();
  for (; learnt_ < chain.size(); ++learnt_) {
    const CanonicalBlock& block = chain[learnt_];
    for (const auto& transaction : block.transactions) {
      for (const ledger::DecodedOperation& operation : transaction->operations) {
        const auto* access = std::get_if<ledger::LogAccess>(&operation.value);
        if (access != nullptr)
          accesses_.push_back({transaction->id, access->request, block.header.time});
      }
    }
  }
  if (chain.empty()) return;
  const std::uint64_t head = chain.back().header.time.value;
  while (!accesses_.empty() && accesses_.front().time.value + 2 * limits::kReleaseWindowMs < head)
    accesses_.pop_front();
}

void Reader::note(Micros now, const Process& process, const ledger::AccessRequest& request) {
  ++released_;
  const Ledger& ledger = process.ledger();
  invariants_.released(
      process.identity(), {ledger.head.height, ledger.head.time, process.now(), now}, request);
}

void Reader::open(Micros now, Process& process) {
  const Access& access = accesses_[rng_.below(accesses_.size())];
  const Node node(process, consortium_);
  const auto release =
      rpc::open_release_gate(node,
                             {access.request.organisation},
                             {{access.transaction, 0}, access.request.records.front()});
  if (!release) return;
  note(now, process, access.request);
  const Download download{process.number(), process.incarnation(), *release};
  if (downloads_.size() < kDownloads) {
    downloads_.push_back(download);
  } else {
    downloads_[rng_.below(kDownloads)] = download;
  }
}

void Reader::next_chunk(Micros now, const std::vector<std::unique_ptr<Process>>& processes) {
  if (downloads_.empty()) return;
  const std::size_t number = rng_.below(downloads_.size());
  Download& download = downloads_[number];
  Process& process = *processes[download.process];
  const bool same = process.up() && process.incarnation() == download.incarnation;
  if (same && now < process.paused_until) return;
  if (same) {
    const Node node(process, consortium_);
    const Status checked = rpc::recheck_release(node, download.release);
    if (checked) return note(now, process, download.release.request);
    // A stale node tells its client to come again.
    if (checked.error().code == ErrorCode::kUnavailable) return;
  }
  std::swap(download, downloads_.back());
  downloads_.pop_back();
}

void Reader::act(Micros now, const std::vector<std::unique_ptr<Process>>& processes) {
  learn();
  if (accesses_.empty()) return;
  for (const auto& process : processes) {
    if (answers(*process, now)) open(now, *process);
  }
  next_chunk(now, processes);
}

}  // namespace galen::sim
