#include "bench/micro/ledger_sizes.h"

#include "base/check.h"
#include "bench/micro/memory_ledger.h"
#include "bench/micro/sample_patient.h"
#include "ledger/proof.h"
#include "ledger/receipt.h"
#include "ledger/transaction.h"
#include "storage/rows.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace galen::bench {

namespace {

using ledger::KeyKind;
using ledger::StateKey;
using ledger::TreeId;
using ledger::TreeKind;

constexpr std::size_t kSubjectKeys = 100;
constexpr std::size_t kSubjectsPerBlock = 20'000;
constexpr std::size_t kPathLimitBytes = 2048;
constexpr std::size_t kPermanentLimitBytes = 300;

PatientId subject(std::size_t n) {
  return id_cast<PatientId>(sample_bytes(1, n));
}

StateKey grant_of(const PatientId& patient, std::size_t n) {
  return StateKey::clinical(patient, KeyKind::kGrant, sample_bytes(2, n));
}

/// Subjects whose trees stand elsewhere have a root leaf here; the first one has his tree too.
MemoryLedger ledger_with(std::size_t subjects) {
  MemoryLedger ledger;
  execution::StateWrites writes;
  for (std::size_t n = 0; n < kSubjectKeys; ++n) {
    writes[grant_of(subject(0), n)] = {Bytes(300, 1), {}};
  }
  for (std::size_t n = 1; n < subjects; ++n) {
    writes[StateKey::main(KeyKind::kSubjectRoot, subject(n))] = {to_bytes(sample_bytes(3, n)), {}};
    if (n % kSubjectsPerBlock == 0) ledger.commit(std::exchange(writes, {}));
  }
  ledger.commit(writes);
  return ledger;
}

/// The path of a key in a subject's tree, as a state proof carries it.
std::size_t make_path(const MemoryLedger& ledger, const StateKey& key) {
  const StateKey root = execution::subject_root_key(key.tree);
  const ledger::TreePath main = execution::prove(ledger, TreeId{TreeKind::kMain, {}}, root.hash());
  const ledger::TreePath own = execution::prove(ledger, key.tree, key.hash());
  return main.encode().size() + Digest::kSize + own.encode().size();
}

}  // namespace

std::vector<Figure> path_figures(std::size_t subjects, std::size_t samples) {
  const MemoryLedger ledger = ledger_with(subjects);
  const std::string keys = std::to_string(subjects) + " keys";
  std::size_t largest = 0;
  Figure time =
      time_figure("state path made, " + keys, "us", 1000, {samples, 10}, [&](std::size_t n) {
        const auto key = grant_of(subject(0), n % kSubjectKeys);
        largest = std::max(largest, make_path(ledger, key));
      });
  // Depths differ from subject to subject: absent ones and root leaves show the main tree's.
  for (std::size_t n = 0; n < std::min<std::size_t>(subjects, 10'000); ++n) {
    const StateKey root = StateKey::main(KeyKind::kSubjectRoot, subject(n));
    const auto main = execution::prove(ledger, TreeId{TreeKind::kMain, {}}, root.hash());
    CHECK(main.shows_presence(root.hash()), "a subject that was written");
    const auto own = execution::prove(
        ledger, grant_of(subject(0), 0).tree, grant_of(subject(0), n % kSubjectKeys).hash());
    largest = std::max(largest, main.encode().size() + Digest::kSize + own.encode().size());
  }
  return {size_figure("state path without certificate, " + keys, largest, kPathLimitBytes),
          std::move(time)};
}

std::vector<Figure> permanent_figures() {
  const ledger::Receipt receipt{id_cast<TxId>(sample_bytes(4, 0)), true, {}};
  storage::PermanentRow row;
  row.header.operation_count = 1;
  row.commitments = {Digest{}};
  row.ok = true;
  const std::size_t parts = ledger::encode(row.header).size() + Signature::kSize + Digest::kSize +
                            ledger::encode(receipt).size();
  const storage::TransactionPlace place;
  // The name of the keys its body was sealed under stays as zeros in its block's row.
  const std::size_t name =
      storage::encode(storage::Locators(2)).size() - storage::encode(storage::Locators(1)).size();
  const std::size_t rows = storage::permanent_key(place).size() + storage::encode(row).size() +
                           name + TxId::kSize + storage::encode(place).size();
  return {size_figure("permanent, one operation, receipt included", parts, kPermanentLimitBytes),
          size_figure("the same as rows, with their keys and the index by id", rows, std::nullopt)};
}

}  // namespace galen::bench
