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

bool CensorshipWatch::watch(const ledger::DecodedTransaction& transaction, std::uint64_t tick) {
  const std::size_t size = transaction.bytes.size();
  const bool fits = watched_.size() < mempool::kMaxReservedPerValidator &&
                    mempool::kMaxReservedBytesPerValidator - watched_bytes_ >= size;
  if (!fits) return false;
  watched_bytes_ += size;
  watched_.emplace(transaction.id, Watched{tick, tick, size, true});
  return true;
}

CensorshipWatch::Verdict CensorshipWatch::judge(const mempool::Pool& pool, std::uint64_t tick,
                                                const std::function<bool(const ledger::DecodedTransaction&)>& valid) {
  Verdict verdict;
  for (auto& [id, watched] : watched_) watched.seen = false;
  std::vector<ledger::DecodedTransactionPtr> unwatched;
  std::size_t looked_at = 0;
  pool.visit([&](const mempool::PoolEntry& entry) {
    const bool overtaken = entry.admitted_tick + times_.acknowledgement <= newest_committed_;
    if (!overtaken) return entry.reserved_by.has_value();  // those go before older ones
    if (looked_at++ == kMaxLookedAt) return false;
    const ledger::DecodedTransaction& transaction = *entry.transaction;
    if (!valid(transaction)) return true;
    const auto found = watched_.find(transaction.id);
    if (found == watched_.end()) {
      unwatched.push_back(entry.transaction);
      return true;
    }
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
  for (const auto& transaction : unwatched) {
    if (!watch(*transaction, tick)) break;
    verdict.forward.push_back(transaction);
  }
  return verdict;
}

}  // namespace galen::engine
