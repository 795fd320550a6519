#include "exhaustive/world.h"

#include "base/check.h"

namespace galen::pbft::test {

namespace {

std::string text_of(codec::Writer w) {
  return to_string(BytesView(std::move(w).take()));
}

/// Author, kind, view and height: where one content is allowed.
std::string slot_of(const Message& message, std::size_t author) {
  codec::Writer w;
  w.u16(static_cast<std::uint16_t>(author));
  if (const auto* vote = std::get_if<Vote>(&message)) {
    w.u8(static_cast<std::uint8_t>(vote->subject.type))
        .counter(vote->subject.view)
        .counter(vote->subject.height);
  } else if (const auto* proposal = std::get_if<Proposal>(&message)) {
    const VoteSubject& s = proposal->vote.subject;
    w.u8(static_cast<std::uint8_t>(s.type)).counter(s.view).counter(s.height);
  } else if (const auto* change = std::get_if<ViewChange>(&message)) {
    w.u8(10).counter(change->new_view);
  } else if (const auto* new_view = std::get_if<NewView>(&message)) {
    w.u8(11).counter(new_view->view);
  } else {
    w.u8(12).raw(encode(message));
  }
  return text_of(std::move(w));
}

std::string content_of(const Message& message, std::size_t author) {
  codec::Writer w;
  w.raw(as_bytes(slot_of(message, author)));
  if (const auto* vote = std::get_if<Vote>(&message)) {
    w.u8(1).raw(vote->subject.block);
  } else if (const auto* proposal = std::get_if<Proposal>(&message)) {
    w.u8(2).raw(proposal->vote.subject.block);
  } else if (const auto* change = std::get_if<ViewChange>(&message)) {
    write(w, *change);
  } else if (const auto* new_view = std::get_if<NewView>(&message)) {
    write(w, outcome_of(select(*new_view)));
  }
  return text_of(std::move(w));
}

}  // namespace

World::World(const Scope& searched) : scope_(searched) {}

Signature World::sign(std::size_t who, BytesView statement) {
  const auto [made, is_new] = signatures_.try_emplace({who, to_bytes(statement)});
  if (is_new) made->second = consortium.sign(who, statement);
  return made->second;
}

JournalRecord World::signed_record(std::size_t who, JournalRecord record) {
  set_signature(record, sign(who, statement(consortium.chain(), record)));
  return record;
}

Vote World::vote(std::size_t who, const VoteSubject& subject) {
  return {subject, member(who), sign(who, ledger::vote_statement(consortium.chain(), subject))};
}

ViewChange World::view_change(std::size_t who, ViewChange change) {
  change.member = member(who);
  change.signature = sign(who, view_change_statement(consortium.chain(), change));
  return change;
}

NewView World::new_view(View view, std::vector<ViewChange> changes) {
  NewView made{Epoch{0}, view, std::move(changes), member(view.value % kMembers), {}};
  made.signature = sign(made.member.value, new_view_statement(consortium.chain(), made));
  return made;
}

const TestBlock& World::block(Height height,
                              const BlockHash& parent,
                              View origin,
                              std::uint64_t payload) {
  const TestBlock made = make_block(height, parent, origin, payload);
  payloads_[made.info.hash] = payload;
  return blocks_.try_emplace(made.info.hash, made).first->second;
}

const TestBlock& World::block(const BlockHash& hash) const {
  const auto found = blocks_.find(hash);
  CHECK(found != blocks_.end(), "every block was built here");
  return found->second;
}

Event World::event(const Message& message, std::size_t from) const {
  auto decoded = decode_message(encode(message));
  CHECK(decoded.has_value(), "messages of the search are well formed");
  auto verified = consortium.verifier().verify(*std::move(decoded), member(from));
  CHECK(verified.has_value(), "messages of the search verify");
  return to_event(*std::move(verified));
}

MessageId World::intern(const Message& message, std::size_t author) {
  const std::string content = content_of(message, author);
  const auto [found, is_new] = ids_.try_emplace(content, static_cast<MessageId>(entries_.size()));
  if (is_new) {
    CHECK(entries_.size() < 0xffff, "messages fit their numbers");
    entries_.push_back(
        {message, event(message, author), author, content, slot_of(message, author)});
  }
  return found->second;
}

std::string World::text(const BlockHash& hash) const {
  const auto found = blocks_.find(hash);
  if (found == blocks_.end()) return "?";
  return "b" + std::to_string(found->second.info.origin_view.value) + "." +
         std::to_string(payloads_.at(hash)) + "@" + std::to_string(found->second.info.height.value);
}

std::string World::text(MessageId id) const {
  const Entry& e = entries_[id];
  std::string out(name(e.message));
  out += " of " + std::to_string(e.author);
  const auto subject = [this](const VoteSubject& s) {
    return " view " + std::to_string(s.view.value) + " " + text(s.block);
  };
  if (const auto* vote = std::get_if<Vote>(&e.message)) out += subject(vote->subject);
  if (const auto* proposal = std::get_if<Proposal>(&e.message))
    out += subject(proposal->vote.subject);
  if (const auto* change = std::get_if<ViewChange>(&e.message)) {
    out += " to " + std::to_string(change->new_view.value) + " height " +
           std::to_string(change->height.value);
    if (change->prepared) out += " prepared" + subject(change->prepared->subject);
  }
  if (const auto* new_view = std::get_if<NewView>(&e.message)) {
    const Selection s = select(*new_view);
    out += " " + std::to_string(new_view->view.value) + " base " + std::to_string(s.base.value);
    if (s.forced) out += " forced" + subject(s.forced->subject);
  }
  return out;
}

}  // namespace galen::pbft::test
