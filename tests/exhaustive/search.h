// Breadth-first search over all states of four members, at most one of them Byzantine, and a
// network that remembers everything it has seen and may show any of it to anybody at any time: that
// is loss, delay, reordering, duplication and selective sending at once. What a member does depends
// on its own state and on the messages there are, so its steps are computed once per (member state,
// set of messages).
#pragma once

#include "exhaustive/facts.h"
#include "exhaustive/node.h"

#include <array>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace galen::pbft::test {

struct Stimulus {
  enum class Kind : std::uint8_t { kSync, kApply, kCrash, kAnswer, kDeliver, kSuspect, kWait };
  Kind kind = Kind::kDeliver;
  std::vector<MessageId> messages;  ///< delivered in order until the member acts
};

/// What may happen to a member next.
[[nodiscard]] std::vector<Stimulus> stimuli(World& world, const Node& node, const Facts& facts);

struct SearchResult {
  std::size_t states = 0;
  std::size_t member_states = 0;
  std::size_t steps = 0;
  std::size_t message_sets = 0;
  bool complete = false;
  std::vector<std::string> violations;
  std::vector<std::string> trace;  ///< from the start to the first violation
};

class Search {
 public:
  using NodeId = std::uint32_t;
  using SetId = std::uint32_t;
  static constexpr NodeId kNobody = 0xffffffff;

  struct State {
    std::array<NodeId, kMembers> nodes{};
    SetId seen = 0;
    friend bool operator==(const State&, const State&) = default;
  };

  explicit Search(const Scope& searched);

  /// Until everything is visited, a rule is broken, or scope.max_states.
  SearchResult run(const std::function<void(const State&)>& visit = {});

  [[nodiscard]] const Node& node(NodeId id) const { return nodes_[id].node; }

  [[nodiscard]] const Facts& facts(SetId id) const { return sets_[id]; }

  [[nodiscard]] const World& world() const { return world_; }

 private:
  struct StoredNode {
    Node node;
    std::vector<BlockHash> ledger;
  };

  struct Step {
    NodeId node = 0;
    SetId seen = 0;
    std::uint32_t stimulus = 0;
    bool crash = false;
  };

  struct StateHash {
    std::size_t operator()(const State& s) const;
  };

  /// Outcome of a stimulus without the set it meets.
  struct Move {
    NodeId node = kNobody;  ///< kNobody: nothing worth a step happened
    std::vector<MessageId> published;
  };

  [[nodiscard]] NodeId intern(Node node);
  [[nodiscard]] SetId intern(std::vector<MessageId> ids);
  [[nodiscard]] SetId publish(SetId seen, const std::vector<MessageId>& published);
  [[nodiscard]] const std::vector<Step>& steps(NodeId node, SetId seen);
  [[nodiscard]] const Move& move(NodeId node, const Stimulus& stimulus);
  void check_agreement(const State& state);
  [[nodiscard]] std::string describe(std::size_t member, const Stimulus& stimulus) const;
  [[nodiscard]] std::vector<std::string> trace_to(std::size_t index) const;

  World world_;
  std::deque<StoredNode> nodes_;
  std::unordered_map<std::string, NodeId> node_ids_;
  std::deque<Facts> sets_;
  std::map<std::vector<MessageId>, SetId> set_ids_;
  std::unordered_map<std::uint64_t, std::vector<Step>> steps_;
  std::unordered_map<std::string, Move> moves_;
  std::vector<Stimulus> stimuli_;
  std::vector<State> states_;
  std::vector<std::pair<std::uint32_t, Step>> from_;  ///< how each state was first reached
  std::unordered_map<State, std::uint32_t, StateHash> state_ids_;
  std::vector<std::string> violations_;
};

}  // namespace galen::pbft::test
