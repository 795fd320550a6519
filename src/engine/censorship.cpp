#include "engine/censorship.h"

#include <algorithm>

namespace galen::engine {

void CensorshipWatch::enter_view(View view) {
  view_ = view;
  newest_committed_ = 0;
  watched_.clear();
}

void CensorshipWatch::note_committed(std::uint64_t admitted_tick) {
  newest_committed_ = std::max(newest_committed_, admitted_tick);
}

bool CensorshipWatch::is_censored(const Watched& watched, std::uint64_t tick) const {
  const std::uint64_t known = watched.first_sent + times_.acknowledgement;
  return tick >= known + times_.inclusion && newest_committed_ >= known + times_.inclusion / 2;
}

CensorshipWatch::Verdict CensorshipWatch::judge(const mempool::Pool& pool, std::uint64_t tick,
                                                const std::function<bool(const ledger::DecodedTransaction&)>& valid) {
  Verdict verdict;
  for (auto& [id, watched] : watched_) watched.seen = false;
  std::size_t looked_at = 0;
  pool.visit([&](const mempool::PoolEntry& entry) {
    const bool overtaken = entry.admitted_tick + times_.acknowledgement <= newest_committed_;
    if (!overtaken || looked_at++ == kMaxWatched) return false;
    const ledger::DecodedTransaction& transaction = *entry.transaction;
    if (pool.is_near_cap(transaction.transaction.header.submitter) || !valid(transaction)) return true;
    const auto [found, added] = watched_.try_emplace(transaction.id, Watched{tick, tick, true});
    Watched& watched = found->second;
    watched.seen = true;
    const bool due = added || tick - watched.last_sent >= times_.acknowledgement;
    if (due && verdict.forward.size() < kMaxForwarded) {
      watched.last_sent = tick;
      verdict.forward.push_back(entry.transaction);
    } else if (added) {
      watched_.erase(found);  // not sent, so its time does not run yet
      return true;
    }
    verdict.censored = verdict.censored || is_censored(watched, tick);
    return true;
  });
  // Committed, invalid or without room meanwhile: should it come back, its time runs anew.
  std::erase_if(watched_, [](const auto& watched) { return !watched.second.seen; });
  return verdict;
}

}  // namespace galen::engine
