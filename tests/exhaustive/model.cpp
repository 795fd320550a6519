#include "exhaustive/model.h"

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_set>

namespace galen::pbft::model {

namespace {

void put(std::string& out, const Claim& claim) {
  out += static_cast<char>(claim.made ? 1 + claim.height : 0);
  out += static_cast<char>(claim.prepared.view);
  out += static_cast<char>(claim.prepared.block);
}

class Model {
 public:
  explicit Model(const Options& chosen) : options_(chosen) {}

  void explore(const std::function<void(const State&)>& visitor) {
    std::unordered_set<std::string> known;
    std::deque<State> waiting{State{}};
    known.insert(waiting.front().full());
    while (!waiting.empty()) {
      state_ = waiting.front();
      waiting.pop_front();
      visitor(state_);
      next_.clear();
      for (std::size_t i = 0; i < kMembers; ++i) {
        if (!byzantine(i)) steps(i);
      }
      for (State& state : next_) {
        if (known.insert(state.full()).second) waiting.push_back(std::move(state));
      }
    }
  }

 private:
  [[nodiscard]] bool byzantine(std::size_t who) const { return options_.byzantine == who; }

  [[nodiscard]] std::size_t bad() const { return options_.byzantine ? 1 : 0; }

  [[nodiscard]] const Member& of(std::size_t who) const { return state_.members[who]; }

  Member& branch(std::size_t who) {
    next_.push_back(state_);
    return next_.back().members[who];
  }

  [[nodiscard]] static std::size_t highest_change(const Member& m) {
    for (std::size_t v = kMaxViews; v-- > 1;) {
      if (m.changes[v].made) return v;
    }
    return 0;
  }

  [[nodiscard]] static bool active(const Member& m) { return highest_change(m) <= m.view; }

  /// Whether Q members, the Byzantine one included, can have signed.
  template <class Votes>
  [[nodiscard]] bool quorum_of(Votes votes) const {
    std::size_t count = bad();
    for (std::size_t i = 0; i < kMembers; ++i) {
      if (!byzantine(i) && votes(of(i))) ++count;
    }
    return count >= kQuorum;
  }

  [[nodiscard]] bool can_prepare(std::size_t view, Block b) const {
    return quorum_of([&](const Member& m) { return m.prepares[view] == b; });
  }

  [[nodiscard]] bool can_commit(std::size_t view, Block b) const {
    return quorum_of([&](const Member& m) { return m.commits[view] == b; });
  }

  [[nodiscard]] std::set<Block> blocks(std::size_t view, bool commits) const {
    std::set<Block> found;
    for (std::size_t i = 0; i < kMembers; ++i) {
      if (byzantine(i)) continue;
      const Block b = commits ? of(i).commits[view] : of(i).prepares[view];
      if (b != 0) found.insert(b);
    }
    return found;
  }

  void steps(std::size_t i) {
    prepare(i);
    commit(i);
    apply(i);
    sign_changes(i);
    send_new_view(i);
    accept_new_views(i);
    crash(i);
  }

  /// Rules 2, 14, 15. At base 1 a member at height 0 has to catch up first.
  void prepare(std::size_t i) {
    const Member& m = of(i);
    if (!active(m) || m.applied != 0 || m.prepares[m.view] != 0) return;
    if (m.entered.made && m.entered.height > 0) return;
    const Block forced = m.entered.made ? m.entered.prepared.block : 0;
    const std::size_t primary = m.view % kMembers;
    std::set<Block> offered;
    if (byzantine(primary)) {
      offered = forced != 0 ? std::set<Block>{forced}
                            : std::set<Block>{block(m.view, 1), block(m.view, 2)};
    } else if (primary == i) {
      offered.insert(forced != 0 ? forced : block(m.view, m.restarts));
    } else {
      const Block sent = of(primary).prepares[m.view];
      const bool fresh = sent >= block(m.view, 0) && sent < block(m.view + std::size_t{1}, 0);
      if (sent != 0 && (forced != 0 ? sent == forced : fresh)) offered.insert(sent);
    }
    for (const Block b : offered) {
      Member& after = branch(i);
      after.prepares[m.view] = b;
      // Rule 3: the NEW-VIEW is stored with the first vote that relies on it.
      if (m.entered.made) after.stored[m.view] = m.entered;
    }
  }

  /// Rule 4; the primary's PREPARE is among the Q.
  void commit(std::size_t i) {
    const Member& m = of(i);
    const Block b = m.prepares[m.view];
    const std::size_t primary = m.view % kMembers;
    if (!active(m) || m.applied != 0 || b == 0 || m.commits[m.view] != 0 || !can_prepare(m.view, b))
      return;
    if (!byzantine(primary) && of(primary).prepares[m.view] != b) return;
    branch(i).commits[m.view] = b;
  }

  /// Rules 7 and 19.
  void apply(std::size_t i) {
    const Member& m = of(i);
    for (std::size_t w = 0; w < options_.views; ++w) {
      for (const Block b : blocks(w, true)) {
        if (!can_commit(w, b)) continue;
        const bool enters = w > m.view && w >= highest_change(m);
        if (m.applied != 0 && !enters) continue;
        Member& after = branch(i);
        if (m.applied == 0) {
          after.applied = b;
          after.applied_view = static_cast<std::uint8_t>(w);
        }
        if (!enters) continue;
        after.view = static_cast<std::uint8_t>(w);
        after.entered = {};
      }
    }
  }

  /// Rules 10, 22, 23.
  void sign_changes(std::size_t i) {
    const Member& m = of(i);
    const std::size_t highest = highest_change(m);
    const std::size_t own = std::max<std::size_t>(m.view, highest);
    for (std::size_t to = own + 1; to < options_.views; ++to) {
      const bool suspects = active(m) && to == m.view + std::size_t{1};
      std::size_t above = bad();
      std::size_t waiting = 1 + bad();
      for (std::size_t j = 0; j < kMembers; ++j) {
        if (j == i || byzantine(j)) continue;
        if (highest_change(of(j)) >= to) ++above;
        if (highest_change(of(j)) >= highest) ++waiting;
      }
      const bool joins = above >= 2;
      const bool times_out = !active(m) && to == highest + 1 && waiting >= kQuorum;
      if (suspects || joins || times_out) sign_change(i, to);
    }
  }

  void sign_change(std::size_t i, std::size_t to) {
    const Member& m = of(i);
    Claim claim{true, static_cast<std::uint8_t>(m.applied != 0 ? 1 : 0), {}};
    for (std::size_t w = 0; w < to && m.applied == 0; ++w) {
      if (m.commits[w] != 0) claim.prepared = {static_cast<std::uint8_t>(w), m.commits[w]};
    }
    branch(i).changes[to] = claim;
  }

  /// Rule 13.
  [[nodiscard]] static Claim decide(const std::vector<Claim>& claims) {
    Claim outcome{true, 0, {}};
    for (const Claim& c : claims) outcome.height = std::max(outcome.height, c.height);
    for (const Claim& c : claims) {
      if (c.height == outcome.height && c.prepared.block != 0 &&
          (outcome.prepared.block == 0 || c.prepared.view > outcome.prepared.view))
        outcome.prepared = c.prepared;
    }
    return outcome;
  }

  /// What the Byzantine member can prove for `view`.
  [[nodiscard]] std::vector<Claim> lies(std::size_t view) const {
    std::vector<Claim> found{{true, 0, {}}};
    for (std::size_t w = 0; w < options_.views; ++w) {
      for (const Block b : blocks(w, true)) {
        if (can_commit(w, b)) found.push_back({true, 1, {}});
      }
      for (const Block b : blocks(w, false)) {
        if (w < view && can_prepare(w, b))
          found.push_back({true, 0, {static_cast<std::uint8_t>(w), b}});
      }
    }
    return found;
  }

  /// Outcomes of all choices of Q VIEW-CHANGEs, `needed`'s among them when given.
  [[nodiscard]] std::set<Claim> outcomes(std::size_t view,
                                         std::optional<std::size_t> needed) const {
    std::vector<std::vector<Claim>> chosen{{}};
    for (std::size_t j = 0; j < kMembers; ++j) {
      std::vector<Claim> choices;
      if (byzantine(j)) choices = lies(view);
      if (of(j).changes[view].made) choices.push_back(of(j).changes[view]);
      std::vector<std::vector<Claim>> more;
      for (const auto& claims : chosen) {
        for (const Claim& c : choices) {
          more.push_back(claims);
          more.back().push_back(c);
        }
      }
      if (needed == j) chosen.clear();
      chosen.insert(chosen.end(), more.begin(), more.end());
    }
    std::set<Claim> found;
    for (const auto& claims : chosen) {
      if (claims.size() == kQuorum) found.insert(decide(claims));
    }
    return found;
  }

  /// Rule 12.
  void send_new_view(std::size_t i) {
    const std::size_t to = highest_change(of(i));
    if (to <= of(i).view || to % kMembers != i || of(i).new_views[to].made) return;
    for (const Claim& outcome : outcomes(to, i)) {
      Member& after = branch(i);
      after.new_views[to] = outcome;
      after.stored[to] = outcome;
      after.view = static_cast<std::uint8_t>(to);
      after.entered = outcome;
    }
  }

  /// Rules 13, 17, 18.
  void accept_new_views(std::size_t i) {
    for (std::size_t to = of(i).view + std::size_t{1}; to < options_.views; ++to) {
      if (to < highest_change(of(i))) continue;
      const std::size_t primary = to % kMembers;
      if (primary == i) continue;
      std::set<Claim> offered;
      if (byzantine(primary)) {
        offered = outcomes(to, std::nullopt);
      } else if (of(primary).new_views[to].made) {
        offered.insert(of(primary).new_views[to]);
      }
      for (const Claim& outcome : offered) {
        Member& after = branch(i);
        after.view = static_cast<std::uint8_t>(to);
        after.entered = outcome;
      }
    }
  }

  /// What was only known, not promised, is gone: a view entered without a vote in it.
  void crash(std::size_t i) {
    unsigned crashes = 0;
    for (const Member& m : state_.members) crashes += m.restarts;
    if (crashes >= options_.crashes) return;
    Member& after = branch(i);
    ++after.restarts;
    after.view = after.applied_view;
    after.entered = {};
    for (std::size_t v = 0; v < options_.views; ++v) {
      // Applying wipes what belongs to views up to the certificate's.
      if (after.applied != 0 && v <= after.applied_view) continue;
      const bool voted = after.applied == 0 && (after.prepares[v] != 0 || after.commits[v] != 0);
      if (!after.stored[v].made && !voted) continue;
      after.view = static_cast<std::uint8_t>(v);
      after.entered = after.stored[v];
    }
  }

  Options options_;
  State state_;
  std::vector<State> next_;
};

}  // namespace

std::string State::visible() const {
  std::string out;
  for (const Member& m : members) {
    for (std::size_t v = 0; v < kMaxViews; ++v) {
      out += static_cast<char>(m.prepares[v]);
      out += static_cast<char>(m.commits[v]);
      put(out, m.changes[v]);
      put(out, m.new_views[v]);
    }
    out += static_cast<char>(m.view);
    put(out, m.entered);
    out += static_cast<char>(m.applied);
    out += static_cast<char>(m.applied_view);
    out += static_cast<char>(m.restarts);
  }
  return out;
}

std::string State::full() const {
  std::string out = visible();
  for (const Member& m : members) {
    for (const Claim& claim : m.stored) put(out, claim);
  }
  return out;
}

void visit(const Options& options, const std::function<void(const State&)>& visitor) {
  Model(options).explore(visitor);
}

std::set<std::string> reachable(const Options& options) {
  std::set<std::string> visible;
  visit(options, [&](const State& state) { visible.insert(state.visible()); });
  return visible;
}

}  // namespace galen::pbft::model
