#include "engine/censorship.h"

#include <algorithm>

namespace galen::engine {

void CensorshipWatch::enter_view(View view) {
  view_ = view;
  newest_committed_ = 0;
  watched_.clear();
  watched_bytes_ = 0;
}

void CensorshipWatch::note_committed(std::uint64_t admitted_tick) {
  newest_committed_ = std::max(newest_committed_, admitted_tick);
}

bool CensorshipWatch::is_censored(const Watched& watched, std::uint64_t tick) const {
  const std::uint64_t known = watched.first_sent + times_.acknowledgement;
  return tick >= known + times_.inclusion && newest_committed_ >= known + times_.inclusion / 2;
}

bool CensorshipWatch::has_room(const ledger::DecodedTransaction& transaction) const {
  return watched_.size() < mempool::kMaxReservedPerValidator &&
         mempool::kMaxReservedBytesPerValidator - watched_bytes_ >= transaction.bytes.size();
}

CensorshipWatch::Verdict CensorshipWatch::judge(
    const mempool::Pool& pool,
    std::uint64_t tick,
    const std::function<bool(const ledger::DecodedTransaction&)>& valid) {
  Verdict verdict;
  for (auto& [id, watched] : watched_) watched.seen = false;
  std::vector<ledger::DecodedTransactionPtr> unwatched;
  std::size_t looked_at = 0;
  pool.visit([&](const mempool::PoolEntry& entry) {
    const bool overtaken = entry.admitted_tick + times_.acknowledgement <= newest_committed_;
    if (!overtaken) return entry.reserved_by.has_value();  // those go before older ones
    if (looked_at++ == kMaxLookedAt) return false;
    const auto found = watched_.find(entry.transaction->id);
    if (found == watched_.end()) {
      unwatched.push_back(entry.transaction);
      return true;
    }
    if (!valid(*entry.transaction)) return true;
    Watched& watched = found->second;
    watched.seen = true;
    if (tick - watched.last_sent >= times_.acknowledgement) {
      watched.last_sent = tick;
      verdict.forward.push_back(entry.transaction);
    }
    verdict.censored = verdict.censored || is_censored(watched, tick);
    return true;
  });
  // Committed or invalid meanwhile: should it come back, its time runs anew.
  std::erase_if(watched_, [this](const auto& watched) {
    if (!watched.second.seen) watched_bytes_ -= watched.second.bytes;
    return !watched.second.seen;
  });
  // Whether one is valid is asked last: it reads the state, and under load much may be overtaken.
  for (const auto& transaction : unwatched) {
    if (!has_room(*transaction)) break;
    if (!valid(*transaction)) continue;
    watched_.emplace(transaction->id, Watched{tick, tick, transaction->bytes.size(), true});
    watched_bytes_ += transaction->bytes.size();
    verdict.forward.push_back(transaction);
  }
  return verdict;
}

}  // namespace galen::engine
