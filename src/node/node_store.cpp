#include "node/node_store.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace galen::node {

void NodeStore::die(const std::string& reason, bool fail_stop) {
  parts_.fatal(reason, fail_stop);
  std::abort();  // fatal does not return
}

void NodeStore::fail_stop(const std::string& reason) { die(reason, true); }

void NodeStore::append_votes(std::vector<pbft::JournalRecord> records, std::function<void()> done) {
  auto task = [this, records = std::move(records), done = std::move(done)]() mutable {
    auto sequence = parts_.journal->append(records);
    if (!sequence) die("vote journal: " + sequence.error().message, false);
    parts_.strand.post(std::move(done));
  };
  if (!parts_.sync.submit(Priority::kUrgent, std::move(task))) {
    // Only while stopping: a vote that is not synced is never sent, and nothing waits for it any more.
    return;
  }
}

void NodeStore::apply(engine::CandidatePtr block, ledger::Certificate certificate, std::function<void()> done) {
  const std::uint64_t mark = parts_.journal == nullptr ? parts_.database.journal_mark() : parts_.journal->sequence();
  auto status = parts_.database.apply(
      {block->header, certificate, block->transactions, block->outcome, std::max(mark, parts_.database.journal_mark())});
  if (!status) die("ledger: " + status.error().message, false);
  if (parts_.journal != nullptr) {
    const Height height = block->header.height;
    const bool queued = parts_.sync.submit(Priority::kNormal, [this, height, view = certificate.subject.view] {
      // Votes and bodies of an applied height have served (CONSENSUS.md 4, PRIVACY.md 15).
      auto wiped = parts_.journal->wipe(height, view);
      if (!wiped) die("vote journal: " + wiped.error().message, false);
    });
    (void)queued;  // refused only while stopping; the next start wipes what is below the head
  }
  parts_.strand.post(std::move(done));
}

}  // namespace galen::node
