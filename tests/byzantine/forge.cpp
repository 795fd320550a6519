#include "byzantine/forge.h"

namespace galen::byzantine {

pbft::Vote Forge::vote(ledger::VoteSubject subject) const {
  const Bytes statement = ledger::vote_statement(member_.chain, subject);
  return {std::move(subject), member_.self, member_.sign(statement)};
}

pbft::Proposal Forge::proposal(const pbft::Proposal& like, const ledger::Block& block) const {
  ledger::VoteSubject subject = like.vote.subject;
  subject.height = block.header.height;
  subject.block = ledger::block_hash(block.header);
  return {
      vote(subject), std::make_shared<const Bytes>(ledger::encode(block)), like.parent_certificate};
}

void Forge::sign(pbft::ViewChange& view_change) const {
  view_change.member = member_.self;
  view_change.signature = member_.sign(pbft::view_change_statement(member_.chain, view_change));
}

void Forge::sign(pbft::NewView& new_view) const {
  new_view.member = member_.self;
  new_view.signature = member_.sign(pbft::new_view_statement(member_.chain, new_view));
}

ledger::Certificate Forge::certificate(const ledger::VoteSubject& subject, std::size_t count) {
  ledger::Certificate certificate{subject, {}};
  const Signature own = vote(subject).signature;
  certificate.signatures.emplace(member_.self, own);
  for (std::uint16_t i = 0; certificate.signatures.size() < count; ++i) {
    // Its own signature under other names, or noise of the right form.
    Signature invented = own;
    if (rng_.below(2) == 0) invented.value[40] ^= static_cast<std::uint8_t>(1 + rng_.below(255));
    certificate.signatures.emplace(ValidatorIndex{i}, invented);
  }
  return certificate;
}

void Forge::send(ValidatorIndex to, const pbft::Message& message, Outbox& out) const {
  out.push_back(
      {to, engine::Channel::kConsensus, std::make_shared<const Bytes>(pbft::encode(message)), 0});
}

void Forge::broadcast(const pbft::Message& message, Outbox& out) const {
  const auto bytes = std::make_shared<const Bytes>(pbft::encode(message));
  for (std::size_t i = 0; i < member_.validators; ++i) {
    const ValidatorIndex to{static_cast<std::uint16_t>(i)};
    if (to != member_.self) out.push_back({to, engine::Channel::kConsensus, bytes, 0});
  }
}

std::optional<pbft::Message> opened(engine::Channel channel, BytesView bytes) {
  if (channel != engine::Channel::kConsensus) return std::nullopt;
  auto message = pbft::decode_message(bytes);
  if (!message) return std::nullopt;
  return *std::move(message);
}

std::optional<pbft::Message> opened(const Outgoing& message) {
  return opened(message.channel, *message.bytes);
}

std::optional<ValidatorIndex> author(const pbft::Message& message) {
  if (const auto* vote = std::get_if<pbft::Vote>(&message)) return vote->member;
  if (const auto* proposal = std::get_if<pbft::Proposal>(&message)) return proposal->vote.member;
  if (const auto* change = std::get_if<pbft::ViewChange>(&message)) return change->member;
  if (const auto* new_view = std::get_if<pbft::NewView>(&message)) return new_view->member;
  return std::nullopt;
}

Outgoing repacked(const Outgoing& like, const pbft::Message& message) {
  return {like.to,
          like.channel,
          std::make_shared<const Bytes>(pbft::encode(message)),
          like.delay_ticks};
}

}  // namespace galen::byzantine
