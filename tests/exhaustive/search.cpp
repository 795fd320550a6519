#include "exhaustive/search.h"

#include "base/check.h"

#include <algorithm>

namespace galen::pbft::test {

namespace {

using Kind = Stimulus::Kind;

/// Longest timeout of the nodes' timing (1 << 4), and some.
constexpr int kPatienceTicks = 40;

/// False when the member only filled a buffer: in a search over bundles that is no step.
bool carry_out(World& world, Node& node, const Stimulus& stimulus, Effects& effects) {
  const std::size_t before = node.acts();
  switch (stimulus.kind) {
    case Kind::kSync: node.sync(world, effects); return true;
    case Kind::kApply: node.apply(world, effects); return true;
    case Kind::kCrash: node.crash(world, effects); return true;
    case Kind::kAnswer: node.answer(world, effects); return true;
    case Kind::kSuspect: node.step(world, PrimarySuspected{node.replica().view()}, effects); break;
    case Kind::kDeliver:
    case Kind::kWait: break;
  }
  for (const MessageId id : stimulus.messages) {
    if (node.acts() == before) node.step(world, world.entry(id).event, effects);
  }
  for (int i = 0; i < kPatienceTicks && stimulus.kind == Kind::kWait && node.acts() == before; ++i)
    node.step(world, Tick{}, effects);
  return node.acts() != before || world.scope().single_deliveries;
}

}  // namespace

std::size_t Search::StateHash::operator()(const State& s) const {
  std::uint64_t h = s.seen;
  for (const NodeId node : s.nodes) h = (h ^ node) * 0x9e3779b97f4a7c15ULL ^ (h >> 29U);
  return h ^ (h >> 32U);
}

Search::Search(const Scope& searched) : world_(searched) {}

Search::NodeId Search::intern(Node node) {
  const auto [found, is_new] =
      node_ids_.try_emplace(node.digest(), static_cast<NodeId>(nodes_.size()));
  if (is_new) {
    std::vector<BlockHash> ledger;
    for (const Certificate& c : node.ledger()) ledger.push_back(c.subject.block);
    nodes_.push_back({std::move(node), std::move(ledger)});
  }
  return found->second;
}

Search::SetId Search::intern(std::vector<MessageId> ids) {
  const auto [found, is_new] = set_ids_.try_emplace(ids, static_cast<SetId>(sets_.size()));
  if (is_new) {
    sets_.push_back(derive_facts(world_, std::move(ids)));
    for (const std::string& violation : sets_.back().violations) violations_.push_back(violation);
  }
  return found->second;
}

Search::SetId Search::publish(SetId seen, const std::vector<MessageId>& published) {
  for (const MessageId id : published) {
    std::vector<MessageId> ids = sets_[seen].ids;
    const auto at = std::lower_bound(ids.begin(), ids.end(), id);
    if (at != ids.end() && *at == id) continue;
    if (breaks_rule_11(world_, sets_[seen], id))
      violations_.push_back("a vote below the own VIEW-CHANGE: " + world_.text(id));
    ids.insert(at, id);
    seen = intern(std::move(ids));
  }
  return seen;
}

const Search::Move& Search::move(NodeId from, const Stimulus& stimulus) {
  codec::Writer key;
  key.u32(from).enumeration(stimulus.kind);
  for (const MessageId id : stimulus.messages) key.u16(id);
  const auto [found, is_new] = moves_.try_emplace(to_string(key.view()));
  if (!is_new) return found->second;
  Node node = nodes_[from].node;
  Effects effects;
  bool acted = carry_out(world_, node, stimulus, effects);
  while (acted && world_.scope().eager_sync && node.has_unsynced()) node.sync(world_, effects);
  for (const std::string& violation : effects.violations) violations_.push_back(violation);
  if (!acted) return found->second;
  const NodeId to = intern(std::move(node));
  if (to != from || !effects.published.empty()) found->second = {to, std::move(effects.published)};
  return found->second;
}

const std::vector<Search::Step>& Search::steps(NodeId from, SetId seen) {
  const auto [found, is_new] = steps_.try_emplace(std::uint64_t{from} << 32U | seen);
  if (!is_new) return found->second;
  std::vector<Step> made;
  for (const Stimulus& stimulus : stimuli(world_, nodes_[from].node, sets_[seen])) {
    const Move& outcome = move(from, stimulus);
    if (outcome.node == kNobody) continue;
    const SetId after = publish(seen, outcome.published);
    const bool known = std::any_of(made.begin(), made.end(), [&](const Step& s) {
      return s.node == outcome.node && s.seen == after;
    });
    if (known) continue;
    made.push_back({outcome.node,
                    after,
                    static_cast<std::uint32_t>(stimuli_.size()),
                    stimulus.kind == Kind::kCrash});
    stimuli_.push_back(stimulus);
  }
  return steps_[std::uint64_t{from} << 32U | seen] = std::move(made);
}

void Search::check_agreement(const State& state) {
  for (std::size_t a = 0; a < kMembers; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      if (state.nodes[a] == kNobody || state.nodes[b] == kNobody) continue;
      const auto& one = nodes_[state.nodes[a]].ledger;
      const auto& two = nodes_[state.nodes[b]].ledger;
      for (std::size_t h = 0; h < std::min(one.size(), two.size()); ++h) {
        if (one[h] != two[h])
          violations_.push_back("two blocks applied at height " + std::to_string(h + 1));
      }
    }
  }
}

std::string Search::describe(std::size_t member, const Stimulus& stimulus) const {
  static constexpr std::array<std::string_view, 7> kNames{
      "syncs", "applies", "crashes", "built or checked", "gets", "suspects", "waits"};
  std::string text =
      std::to_string(member) + " " + std::string(kNames[static_cast<std::size_t>(stimulus.kind)]);
  for (const MessageId id : stimulus.messages) text += " [" + world_.text(id) + "]";
  return text;
}

std::vector<std::string> Search::trace_to(std::size_t index) const {
  std::vector<std::string> lines;
  while (index != 0) {
    const auto& [parent, step] = from_[index];
    std::size_t who = 0;
    while (who + 1 < kMembers && states_[parent].nodes[who] == states_[index].nodes[who]) ++who;
    lines.push_back(describe(who, stimuli_[step.stimulus]));
    index = parent;
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

SearchResult Search::run(const std::function<void(const State&)>& visit) {
  SearchResult result;
  State start;
  start.seen = intern(std::vector<MessageId>{});
  for (std::size_t i = 0; i < kMembers; ++i) {
    start.nodes[i] = world_.is_byzantine(i) ? kNobody : intern(Node(world_, i));
  }
  states_.push_back(start);
  from_.emplace_back();
  state_ids_.emplace(start, 0);
  std::size_t next = 0;
  for (; next < states_.size() && violations_.empty() && states_.size() < world_.scope().max_states;
       ++next) {
    const State state = states_[next];
    if (visit) visit(state);
    unsigned crashes = 0;
    for (const NodeId id : state.nodes) crashes += id == kNobody ? 0 : nodes_[id].node.restarts();
    for (std::size_t who = 0; who < kMembers && violations_.empty(); ++who) {
      if (state.nodes[who] == kNobody) continue;
      for (const Step& step : steps(state.nodes[who], state.seen)) {
        if (step.crash && crashes >= world_.scope().crashes) continue;
        ++result.steps;
        State after = state;
        after.nodes[who] = step.node;
        after.seen = step.seen;
        if (!state_ids_.emplace(after, static_cast<std::uint32_t>(states_.size())).second) continue;
        states_.push_back(after);
        from_.emplace_back(static_cast<std::uint32_t>(next), step);
        check_agreement(after);
      }
    }
  }
  result.states = states_.size();
  result.member_states = nodes_.size();
  result.message_sets = sets_.size();
  result.complete = next == states_.size();
  result.violations = violations_;
  if (!violations_.empty()) result.trace = trace_to(next - 1);
  return result;
}

}  // namespace galen::pbft::test
