#include "sim/scenario_drop.h"

#include <string_view>
#include <utility>

namespace galen::sim {

namespace {

std::optional<std::pair<std::uint64_t, std::uint64_t>> place(const pbft::Message& message) {
  if (const auto* vote = std::get_if<pbft::Vote>(&message))
    return std::pair(vote->subject.view.value, vote->subject.height.value);
  if (const auto* proposal = std::get_if<pbft::Proposal>(&message))
    return std::pair(proposal->vote.subject.view.value, proposal->vote.subject.height.value);
  if (const auto* change = std::get_if<pbft::ViewChange>(&message))
    return std::pair(change->new_view.value, change->height.value + 1);
  if (const auto* new_view = std::get_if<pbft::NewView>(&message))
    return std::pair(new_view->view.value, std::uint64_t{0});
  return std::nullopt;
}

/// As pbft::name, but "prepare" and "commit" for votes.
std::string_view kind(const pbft::Message& message) {
  const auto* vote = std::get_if<pbft::Vote>(&message);
  if (vote == nullptr) return pbft::name(message);
  return vote->subject.type == ledger::VoteType::kPrepare ? "prepare" : "commit";
}

}  // namespace

bool matches(const Drop& drop, std::size_t from, ValidatorIndex to, const Packet& packet) {
  if (drop.from && *drop.from != from) return false;
  if (drop.to && *drop.to != to.value) return false;
  if (drop.type == "any") return true;
  if (packet.channel == engine::Channel::kBulk) return drop.type == "bulk";
  if (!packet.message || kind(*packet.message) != drop.type) return false;
  const auto where = place(*packet.message);
  if (drop.view && (!where || where->first != *drop.view)) return false;
  return !drop.height || (where && where->second == *drop.height);
}

}  // namespace galen::sim
