#include "exhaustive/node.h"

#include "base/check.h"
#include "exhaustive/facts.h"

#include <algorithm>

namespace galen::pbft::test {

Config Node::config(std::size_t self) {
  Config made;
  made.self = member(self);
  made.validators = kMembers;
  made.timing.request_ticks = 1;
  return made;
}

Node::Node(World& world, std::size_t self)
    : self_(self), replica_(config(self), Head{{}, world.consortium.genesis(), {}}, {}) {
  Effects effects;
  wake(world, effects);
  CHECK(effects.violations.empty(), "a start breaks no rule");
}

/// Peers that lost everything show nothing: rule 25 is satisfied at once. Its gate is tested
/// elsewhere.
void Node::wake(World& world, Effects& effects) {
  handle(world, replica_.start(), effects);
  step(world, PendingTransactions{true}, effects);
  StatusReport nothing;
  nothing.applied_hash = world.consortium.genesis();
  nothing.suspects.resize(kMembers);
  nothing.view_changes.resize(kMembers);
  nothing.echoes.assign(kMembers, replica_.status().stamp);
  for (HeldSlot& slot : nothing.slots) slot.members.resize(kMembers);
  for (std::size_t i = 0; i < kMembers; ++i) {
    if (i != self_) step(world, world.event(nothing, i), effects);
  }
}

void Node::step(World& world, const Event& event, Effects& effects) {
  handle(world, replica_.step(event), effects);
  // An empty pool: no block beyond the scope.
  if (const auto declined = std::exchange(declined_, std::nullopt))
    handle(world, replica_.step(*declined), effects);
  while (world.scope().eager_engine && has_answer()) answer(world, effects);
}

void Node::answer(World& world, Effects& effects) {
  const Event answer = std::move(answers_.front());
  answers_.pop_front();
  handle(world, replica_.step(answer), effects);
}

void Node::handle(World& world, Output output, Effects& effects) {
  for (const Send& send : output.send) check_send(world, send, effects);
  if (!output.persist.empty()) {
    unsynced_.push_back(std::move(output.persist));
    ++acts_;
  }
  for (const Action& action : output.deliver) handle(world, action, effects);
  for (const TraceRecord& record : output.trace) {
    if (record.kind == TraceKind::kViewEntered) ++acts_;
    if (record.kind == TraceKind::kAmnesia)
      effects.violations.emplace_back("amnesia of an honest member");
  }
}

/// Write before send: whatever leaves with the own signature is in the journal.
void Node::check_send(World& world, const Send& send, Effects& effects) const {
  const auto is_mine = [&](const auto& signed_message) {
    return signed_message.member == member(self_);
  };
  const Message& m = send.message;
  const bool own = (std::holds_alternative<Vote>(m) && is_mine(std::get<Vote>(m))) ||
                   (std::holds_alternative<Proposal>(m) && is_mine(std::get<Proposal>(m).vote)) ||
                   (std::holds_alternative<ViewChange>(m) && is_mine(std::get<ViewChange>(m))) ||
                   (std::holds_alternative<NewView>(m) && is_mine(std::get<NewView>(m)));
  if (!own) return;
  const MessageId id = world.intern(m, self_);
  for (const JournalRecord& record : journal_) {
    if (world.intern(message_of(record), self_) == id) return;
    const auto* vote = std::get_if<VoteRecord>(&record);
    if (vote != nullptr && vote->new_view && vote->new_view->member == member(self_) &&
        world.intern(*vote->new_view, self_) == id)
      return;
  }
  effects.violations.push_back("sent before it was synced: " + world.text(id));
}

void Node::handle(World& world, const Action& action, Effects& effects) {
  const BlockHash head =
      ledger_.empty() ? world.consortium.genesis() : ledger_.back().subject.block;
  if (const auto* ask = std::get_if<BuildBlock>(&action)) {
    if (ask->height.value > world.scope().heights) {
      declined_ = BuildDeclined{ask->view, ask->height};
      return;
    }
    if (ask->parent != head) effects.violations.emplace_back("asked to build on another head");
    const TestBlock& block = world.block(ask->height, ask->parent, ask->view, restarts_);
    ++acts_;
    answers_.emplace_back(ProposalBuilt{ask->view, block.info, block.bytes});
  } else if (const auto* check = std::get_if<CheckBlock>(&action)) {
    ++acts_;
    answers_.emplace_back(BlockChecked{check->view, check->hash, BlockVerdict::kValid});
  } else if (const auto* certified = std::get_if<CommitBlock>(&action)) {
    if (certified->certificate.subject.height.value != ledger_.size() + 1)
      effects.violations.emplace_back("a commit out of order");
    if (inspect_block(certified->block)->hash != certified->certificate.subject.block)
      effects.violations.emplace_back("another body is committed");
    applying_ = *certified;
    ++acts_;
  } else if (const auto* evidence = std::get_if<KeepEvidence>(&action)) {
    if (!world.is_byzantine(evidence->first.member.value))
      effects.violations.emplace_back("evidence against an honest member");
  } else if (const auto* compare = std::get_if<CompareCertificate>(&action)) {
    const VoteSubject& below = compare->certificate.subject;
    if (ledger_.at(below.height.value - 1).subject.block != below.block)
      effects.violations.emplace_back("a certificate of another block below the head");
  } else if (const auto* stop = std::get_if<FailStop>(&action)) {
    const auto shown = [&](const VoteSubject& s) {
      return " height " + std::to_string(s.height.value) + " view " + std::to_string(s.view.value) +
             " " + world.text(s.block);
    };
    effects.violations.push_back("an honest member stops: two certificates," +
                                 shown(stop->known.subject) + " and" +
                                 shown(stop->conflicting.subject));
  }
}

void Node::sync(World& world, Effects& effects) {
  CHECK(!unsynced_.empty(), "something is to be synced");
  std::vector<JournalRecord> batch = std::move(unsynced_.front());
  unsynced_.pop_front();
  for (JournalRecord& record : batch) {
    record = world.signed_record(self_, std::move(record));
    const auto* vote = std::get_if<VoteRecord>(&record);
    if (vote == nullptr || vote->vote.subject.height > wiped_) journal_.push_back(record);
  }
  for (const JournalRecord& record : batch) {
    check_forced(world, record, effects);
    effects.published.push_back(world.intern(message_of(record), self_));
    step(world, Persisted{world.consortium.verifier().own(record, member(self_))}, effects);
  }
  check_bodies(world, effects);
}

/// Rules 13 to 15, computed anew: the first block after a NEW-VIEW is the forced one, every other
/// one is fresh.
void Node::check_forced(World& world, const JournalRecord& record, Effects& effects) const {
  const auto* vote = std::get_if<VoteRecord>(&record);
  if (vote == nullptr || vote->vote.subject.type != VoteType::kPrepare) return;
  const VoteSubject& s = vote->vote.subject;
  const NewView* entered = vote->new_view ? &*vote->new_view : nullptr;
  for (const JournalRecord& stored : journal_) {
    const auto* other = std::get_if<VoteRecord>(&stored);
    if (other != nullptr && other->new_view && other->new_view->view == s.view)
      entered = &*other->new_view;
    const auto* new_view = std::get_if<NewView>(&stored);
    if (new_view != nullptr && new_view->view == s.view) entered = new_view;
  }
  std::optional<BlockHash> forced;
  if (entered != nullptr) {
    const Outcome outcome = decide(entered->view_changes);
    if (outcome.base.next() == s.height && outcome.forced) forced = outcome.forced->block;
    if (s.height <= outcome.base) effects.violations.emplace_back("a vote at or below the base");
  }
  const bool right = forced ? s.block == *forced : world.block(s.block).info.origin_view == s.view;
  if (!right)
    effects.violations.push_back("a vote against the forced block rule: " + world.text(s.block));
}

/// Rules 3 and 4: the body of every own PREPARE at applied + 1 is there for whoever is forced to
/// decide it.
void Node::check_bodies(World& world, Effects& effects) const {
  for (const JournalRecord& record : journal_) {
    const auto* vote = std::get_if<VoteRecord>(&record);
    if (vote == nullptr || vote->vote.subject.type != VoteType::kPrepare) continue;
    const VoteSubject& s = vote->vote.subject;
    if (s.height.value != ledger_.size() + 1) continue;
    Replica copy = replica_;
    const Event request = world.event(BlockRequest{s.height, s.block}, (self_ + 1) % kMembers);
    const bool stored = vote->block != nullptr && inspect_block(vote->block)->hash == s.block;
    if (!stored || sent<BlockBody>(copy.step(request)).empty())
      effects.violations.push_back("the body of an own PREPARE is gone: " + world.text(s.block));
  }
}

void Node::apply(World& world, Effects& effects) {
  CHECK(applying_.has_value(), "a block waits");
  const Certificate certificate = applying_->certificate;
  applying_.reset();
  if (certificate.subject.height.value != ledger_.size() + 1) return;
  ledger_.push_back(certificate);
  wipe(certificate.subject);
  ++acts_;
  step(world, Applied{certificate}, effects);
  if (ledger_.size() < world.scope().heights) step(world, PendingTransactions{true}, effects);
}

/// As the vote journal: votes at the height go, promises above the certificate's view stay.
void Node::wipe(const VoteSubject& applied) {
  wiped_ = applied.height;
  std::vector<JournalRecord> kept;
  for (JournalRecord& record : journal_) {
    if (const auto* change = std::get_if<ViewChange>(&record)) {
      if (change->new_view > applied.view) kept.push_back(record);
    } else if (const auto* new_view = std::get_if<NewView>(&record)) {
      if (new_view->view > applied.view) kept.push_back(record);
    } else {
      const auto& vote = std::get<VoteRecord>(record);
      if (vote.vote.subject.height > applied.height) {
        kept.push_back(record);
      } else if (vote.new_view && vote.new_view->view > applied.view) {
        kept.emplace_back(*vote.new_view);
      }
    }
  }
  journal_ = std::move(kept);
}

void Node::crash(World& world, Effects& effects) {
  unsynced_.clear();
  answers_.clear();
  applying_.reset();
  ++restarts_;
  Head head{Height{ledger_.size()}, world.consortium.genesis(), {}};
  if (!ledger_.empty()) {
    head.certificate = ledger_.back();
    head.hash = head.certificate->subject.block;
  }
  // From the very bytes a journal holds.
  std::vector<JournalRecord> records;
  for (const JournalRecord& record : journal_)
    records.push_back(*decode_journal_record(encode(record)));
  auto verified = world.consortium.verifier().restore(std::move(records), member(self_));
  if (!verified) {
    effects.violations.push_back("a journal does not verify: " + verified.error().message);
    return;
  }
  replica_ = Replica(config(self_), head, Restored{*std::move(verified), wiped_, false});
  wake(world, effects);
  check_bodies(world, effects);
}

std::optional<BlockHash> Node::prepared_in(View view) const {
  for (const JournalRecord& record : journal_) {
    const auto* vote = std::get_if<VoteRecord>(&record);
    if (vote == nullptr) continue;
    const VoteSubject& s = vote->vote.subject;
    if (s.type == VoteType::kPrepare && s.view == view && s.height.value == ledger_.size() + 1)
      return s.block;
  }
  return std::nullopt;
}

std::string Node::digest() const {
  codec::Writer w;
  w.u16(static_cast<std::uint16_t>(self_));
  ReplicaDigest::write_to(w, replica_);
  const auto write_record = [&w](const JournalRecord& record) {
    if (const auto* vote = std::get_if<VoteRecord>(&record)) {
      write(w, vote->vote.subject);
      w.boolean(vote->is_proposal)
          .boolean(vote->block != nullptr)
          .boolean(vote->new_view.has_value());
      write(w, vote->prepared);
      if (vote->new_view) write(w, outcome_of(select(*vote->new_view)));
    } else if (const auto* change = std::get_if<ViewChange>(&record)) {
      write(w, *change);
    } else {
      const auto& new_view = std::get<NewView>(record);
      w.counter(new_view.view);
      write(w, outcome_of(select(new_view)));
    }
  };
  for (const JournalRecord& record : journal_) write_record(record);
  for (const auto& batch : unsynced_) {
    w.u8(0xfe);
    for (const JournalRecord& record : batch) write_record(record);
  }
  for (const Certificate& certificate : ledger_) write(w, certificate.subject);
  for (const Event& answer : answers_) {
    if (const auto* built = std::get_if<ProposalBuilt>(&answer))
      w.u8(1).counter(built->view).raw(built->info.hash);
    if (const auto* checked = std::get_if<BlockChecked>(&answer))
      w.u8(2).counter(checked->view).raw(checked->block);
  }
  w.u8(static_cast<std::uint8_t>(restarts_)).boolean(applying_.has_value());
  const Digest digest = crypto::sha256(w.view());
  return std::string(as_text(digest)).substr(0, 16);
}

}  // namespace galen::pbft::test
