// Making messages with one's own key, and reading those of others: what strategies are built from.
// Thread rule: one thread.
#pragma once

#include "byzantine/catalogue.h"
#include "pbft/message.h"
#include "sim/rng.h"

#include <optional>

namespace galen::byzantine {

class Forge {
 public:
  explicit Forge(Member member) : member_(std::move(member)), rng_(member_.seed) {}

  [[nodiscard]] const Member& member() const { return member_; }

  [[nodiscard]] sim::Rng& rng() { return rng_; }

  [[nodiscard]] pbft::Vote vote(ledger::VoteSubject subject) const;
  /// A proposal of `block` in the view of `like`, signed.
  [[nodiscard]] pbft::Proposal proposal(const pbft::Proposal& like,
                                        const ledger::Block& block) const;
  void sign(pbft::ViewChange& view_change) const;
  void sign(pbft::NewView& new_view) const;
  /// A certificate with the own signature and `count - 1` invented ones.
  [[nodiscard]] ledger::Certificate certificate(const ledger::VoteSubject& subject,
                                                std::size_t count);

  [[nodiscard]] BlockHash random_hash() { return rng_.next<BlockHash>(); }

  [[nodiscard]] std::size_t quorum() const { return ledger::quorum(member_.validators); }

  /// To one, or to everybody else.
  void send(ValidatorIndex to, const pbft::Message& message, Outbox& out) const;
  void broadcast(const pbft::Message& message, Outbox& out) const;

  [[nodiscard]] ValidatorIndex anybody() {
    return ValidatorIndex{static_cast<std::uint16_t>(rng_.below(member_.validators))};
  }

 private:
  Member member_;
  sim::Rng rng_;
};

/// The consensus message in it; nullopt for bulk and for what does not decode.
[[nodiscard]] std::optional<pbft::Message> opened(const Outgoing& message);
[[nodiscard]] std::optional<pbft::Message> opened(engine::Channel channel, BytesView bytes);
/// Who signed it; nullopt for unsigned ones.
[[nodiscard]] std::optional<ValidatorIndex> author(const pbft::Message& message);
[[nodiscard]] Outgoing repacked(const Outgoing& like, const pbft::Message& message);

}  // namespace galen::byzantine
