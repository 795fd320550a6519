#include "pbft/horizon.h"

#include <utility>

namespace galen::pbft {

namespace {

/// What the replica moves on by, at most, while a message waits to be verified: a NEW-VIEW or a
/// certificate may take it over some views at once.
constexpr std::uint64_t kMargin = 16;
constexpr std::uint64_t kHeights = 2 + kMargin;
constexpr std::uint64_t kViews = 1 + kMargin;

bool is_above(std::uint64_t value, std::uint64_t from, std::uint64_t distance) {
  return value > from && value - from > distance;
}

}  // namespace

bool Horizon::is_beyond(const Vote& vote) const {
  const ledger::VoteSubject& subject = vote.subject;
  // Rule 8: who still votes at an applied height, in whatever view, is answered.
  return vote.member != self && subject.height > applied &&
         (is_above(subject.height.value, applied.value, kHeights) ||
          is_above(subject.view.value, asked.value, kViews));
}

std::optional<Message> Horizon::visible(Message message) const {
  if (const auto* vote = std::get_if<Vote>(&message); vote != nullptr && is_beyond(*vote))
    return std::nullopt;
  if (auto* proposal = std::get_if<Proposal>(&message);
      proposal != nullptr && is_beyond(proposal->vote)) {
    if (!proposal->parent_certificate) return std::nullopt;
    return CommitProof{*std::move(proposal->parent_certificate), nullptr};
  }
  if (const auto* new_view = std::get_if<NewView>(&message);
      new_view != nullptr && new_view->view <= view)
    return std::nullopt;
  return message;
}

}  // namespace galen::pbft
