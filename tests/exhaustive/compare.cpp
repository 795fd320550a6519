#include "exhaustive/compare.h"

namespace galen::pbft::test {

namespace {

model::Block block_of(const World& world, const BlockHash& hash) {
  return model::block(world.block(hash).info.origin_view.value, world.payload(hash));
}

model::Claim claim_of(const World& world, Height height, const VoteSubject* prepared) {
  model::Claim claim{true, static_cast<std::uint8_t>(height.value), {}};
  if (prepared != nullptr)
    claim.prepared = {static_cast<std::uint8_t>(prepared->view.value),
                      block_of(world, prepared->block)};
  return claim;
}

model::Claim claim_of(const World& world, const Outcome& outcome) {
  return claim_of(world, outcome.base, outcome.forced ? &*outcome.forced : nullptr);
}

void add_message(const World& world, const Entry& entry, model::Member& author) {
  if (const auto* change = std::get_if<ViewChange>(&entry.message)) {
    author.changes[change->new_view.value] =
        claim_of(world, change->height, change->prepared ? &change->prepared->subject : nullptr);
  } else if (const auto* new_view = std::get_if<NewView>(&entry.message)) {
    author.new_views[new_view->view.value] = claim_of(world, decide(new_view->view_changes));
  } else {
    const auto* vote = std::get_if<Vote>(&entry.message);
    const VoteSubject& s =
        vote != nullptr ? vote->subject : std::get<Proposal>(entry.message).vote.subject;
    (s.type == VoteType::kPrepare ? author.prepares : author.commits)[s.view.value] =
        block_of(world, s.block);
  }
}

std::string text(const model::Claim& claim) {
  if (!claim.made) return "-";
  std::string out = "h" + std::to_string(claim.height);
  if (claim.prepared.block != 0)
    out += "/b" + std::to_string(claim.prepared.block) + "@" + std::to_string(claim.prepared.view);
  return out;
}

}  // namespace

model::State abstract(const Search& search, const Search::State& state) {
  model::State seen;
  const World& world = search.world();
  for (const MessageId id : search.facts(state.seen).ids)
    add_message(world, world.entry(id), seen.members[world.entry(id).author]);
  for (std::size_t i = 0; i < kMembers; ++i) {
    if (state.nodes[i] == Search::kNobody) continue;
    const Node& node = search.node(state.nodes[i]);
    model::Member& m = seen.members[i];
    m.view = static_cast<std::uint8_t>(node.replica().view().value);
    if (const auto outcome = ReplicaDigest::outcome(node.replica()))
      m.entered = claim_of(world, *outcome);
    m.restarts = static_cast<std::uint8_t>(node.restarts());
    if (node.ledger().empty()) continue;
    const VoteSubject& applied = node.ledger().front().subject;
    m.applied = block_of(world, applied.block);
    m.applied_view = static_cast<std::uint8_t>(applied.view.value);
  }
  return seen;
}

std::string describe(const model::State& state) {
  std::string out;
  for (std::size_t i = 0; i < kMembers; ++i) {
    const model::Member& m = state.members[i];
    out += "  " + std::to_string(i) + ": view " + std::to_string(m.view) + " entered " +
           text(m.entered) + " applied b" + std::to_string(m.applied) + "@" +
           std::to_string(m.applied_view);
    for (std::size_t v = 0; v < model::kMaxViews; ++v) {
      out += " | v" + std::to_string(v) + " P" + std::to_string(m.prepares[v]) + " C" +
             std::to_string(m.commits[v]) + " VC " + text(m.changes[v]) + " NV " +
             text(m.new_views[v]);
    }
    out += "\n";
  }
  return out;
}

}  // namespace galen::pbft::test
