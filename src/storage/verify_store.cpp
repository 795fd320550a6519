#include "storage/verify_store.h"

#include "base/hex.h"
#include "storage/staging_rows.h"
#include "storage/store.h"

#include <map>
#include <optional>
#include <utility>

namespace galen::storage {

namespace {

constexpr std::size_t kMiB = std::size_t{1024} * 1024;
constexpr std::size_t kBlockCacheBytes = 64 * kMiB;
constexpr std::size_t kBufferBytes = 16 * kMiB;

/// The default column: head, evidence, orders.
class MetaCheck {
 public:
  MetaCheck(const Store& store, const ledger::Genesis& genesis, Findings& findings)
      : store_(store), genesis_(genesis), findings_(findings) {}

  void run() {
    const Status scanned = store_.ledger->scan(
        static_cast<std::size_t>(Column::kMeta), {}, [&](BytesView key, BytesView value) {
          take(key, value);
          return true;
        });
    (void)findings_.expect("head", scanned);
    if (!head_) findings_.add("head", "the row is missing or damaged");
  }

  [[nodiscard]] const std::optional<Height>& head() const { return head_; }

  [[nodiscard]] const std::map<OrderId, ErasureRow>& erasures() const { return erasures_; }

  [[nodiscard]] std::uint64_t evidence() const { return evidence_; }

 private:
  static bool begins(BytesView key, const Bytes& prefix) {
    return key.size() >= prefix.size() && equal(key.first(prefix.size()), prefix);
  }

  void take(BytesView key, BytesView value) {
    if (equal(key, head_key())) return take_head(value);
    if (begins(key, evidence_prefix())) return take_evidence(key, value);
    if (begins(key, erasure_prefix())) return take_erasure(key, value);
    findings_.add("default column", "a row that nothing refers to");
  }

  void take_head(BytesView value) {
    const auto row = decode_head_row(value);
    if (!findings_.expect("head", row)) return;
    head_ = row->height;
    if (row->keyring != store_.keyring->id()) {
      findings_.add("head", "the keyring is not the one this ledger was written with");
    }
    if (row->keys_made > store_.keyring->made()) {
      findings_.add("head", "the keyring is older than this ledger");
    }
  }

  void take_evidence(BytesView key, BytesView value) {
    ++evidence_;
    const auto row = decode_evidence_row(value);
    if (!findings_.expect("evidence", row)) return;
    if (!equal(key, evidence_key(row->evidence.slot))) {
      findings_.add("evidence", "a row does not belong where it stands");
    }
    (void)findings_.expect("evidence", ledger::verify(row->evidence, genesis_));
  }

  void take_erasure(BytesView key, BytesView value) {
    const auto order = decode_erasure_key(key);
    if (!findings_.expect("erasure orders", order)) return;
    auto row = decode_erasure_row(value);
    if (!findings_.expect("erasure order " + to_hex(order->transaction), row)) return;
    erasures_.emplace(*order, *std::move(row));
  }

  const Store& store_;
  const ledger::Genesis& genesis_;
  Findings& findings_;
  std::optional<Height> head_;
  std::map<OrderId, ErasureRow> erasures_;
  std::uint64_t evidence_ = 0;
};

Status open_read_only(Store& store) {
  GALEN_TRY(store.keyring, Keyring::open_read_only(store.directory.keyring(), store.random));
  RocksSettings settings{
      store.directory.ledger(), column_names(), kBlockCacheBytes, kBufferBytes, kBufferBytes};
  settings.read_only = true;
  GALEN_TRY(store.ledger, Rocks::open(settings));
  return {};
}

/// Other rows of the staging column are what a cut-off attempt left: the next start drops them.
void check_switch(const Store& store, Findings& findings) {
  const auto row = store.get(Column::kStaging, switch_key());
  if (findings.expect("staging", row) && *row) {
    findings.add(
        "staging",
        "a change to a state taken from peers is not finished: start the node, then stop it");
  }
}

Digest state_root_of(const Store& store, Height head) {
  const auto row = store.get(Column::kBlocks, header_key(head));
  if (!row || !*row) return {};
  const auto header = decode_header_row(**row, store.chain);
  return header ? header->header.state_root : Digest{};
}

}  // namespace

Result<StoreReport> verify_store(const Options& options,
                                 const ledger::Genesis& genesis,
                                 const Findings::Sink& sink,
                                 const VerifyProgress& progress) {
  const ChainId chain = ledger::chain_id(genesis);
  GALEN_TRY(DataDirectory directory, DataDirectory::open(options.path, chain, options.node, false));
  Store store(std::move(directory), chain, options.on_fatal);
  const Status opened = open_read_only(store);
  if (!opened) return fail_in(options.path.string(), opened.error());

  Findings findings(sink);
  MetaCheck meta(store, genesis, findings);
  meta.run();
  check_switch(store, findings);
  const Height head = meta.head().value_or(Height{});
  ChainCheck blocks(store, genesis, meta.erasures(), findings);
  blocks.run(head, [&](std::uint64_t height) { progress("blocks", height, head.value); });
  blocks.finish();
  TreeCheck trees(store, meta.erasures(), findings);
  trees.run(state_root_of(store, head), [&](std::uint64_t done) { progress("trees", done, 0); });

  StoreReport report;
  report.head = head;
  report.chain = blocks.counts();
  report.state = trees.counts();
  report.evidence = meta.evidence();
  report.orders = meta.erasures().size();
  report.findings = findings.count();
  return report;
}

}  // namespace galen::storage
