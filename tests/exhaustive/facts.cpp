#include "exhaustive/facts.h"

#include <algorithm>

namespace galen::pbft::test {

Outcome decide(const std::vector<ViewChange>& changes) {
  Outcome outcome;
  for (const ViewChange& c : changes) {
    if (c.height <= outcome.base) continue;
    outcome.base = c.height;
    outcome.base_hash = c.hash;
    outcome.base_view = c.committed->subject.view;
  }
  if (outcome.base == Height{} && !changes.empty()) outcome.base_hash = changes.front().hash;
  for (const ViewChange& c : changes) {
    if (c.height != outcome.base || !c.prepared) continue;
    if (!outcome.forced || outcome.forced->view < c.prepared->subject.view)
      outcome.forced = c.prepared->subject;
  }
  return outcome;
}

namespace {

const VoteSubject* subject_of(const Message& message) {
  if (const auto* vote = std::get_if<Vote>(&message)) return &vote->subject;
  if (const auto* proposal = std::get_if<Proposal>(&message)) return &proposal->vote.subject;
  return nullptr;
}

const Signature& signature_of(const Message& message) {
  if (const auto* vote = std::get_if<Vote>(&message)) return vote->signature;
  return std::get<Proposal>(message).vote.signature;
}

void sort_messages(const World& world, Facts& facts) {
  std::set<std::string> slots;
  for (const MessageId id : facts.ids) {
    const Entry& e = world.entry(id);
    if (!slots.insert(e.slot).second)
      facts.violations.push_back("two contents in one slot: " + world.text(id));
    if (const VoteSubject* s = subject_of(e.message)) facts.votes[*s][e.author] = id;
    if (const auto* change = std::get_if<ViewChange>(&e.message))
      facts.changes[change->new_view][e.author] = id;
    if (const auto* new_view = std::get_if<NewView>(&e.message))
      facts.new_views[new_view->view] = id;
  }
}

void make_certificates(World& world, Facts& facts) {
  for (const auto& [subject, voters] : facts.votes) {
    Certificate certificate{subject, {}};
    for (const auto& [who, id] : voters)
      certificate.signatures.emplace(member(who), signature_of(world.entry(id).message));
    if (const auto byzantine = world.scope().byzantine)
      certificate.signatures.emplace(member(*byzantine), world.vote(*byzantine, subject).signature);
    if (certificate.signatures.size() >= kQuorum)
      facts.certificates.push_back(std::move(certificate));
  }
}

std::vector<const Certificate*> of_type(const Facts& facts, VoteType type) {
  std::vector<const Certificate*> found;
  for (const Certificate& c : facts.certificates) {
    if (c.subject.type == type) found.push_back(&c);
  }
  return found;
}

/// Anything it may claim: any committed height, any prepared certificate above it, or nothing.
void make_byzantine_changes(World& world, Facts& facts) {
  if (!world.scope().byzantine) return;
  const std::size_t self = *world.scope().byzantine;
  for (View view{1}; view.value < world.scope().views; view = view.next()) {
    std::set<MessageId> made;
    std::vector<const Certificate*> bases = of_type(facts, VoteType::kCommit);
    bases.push_back(nullptr);
    for (const Certificate* base : bases) {
      ViewChange change;
      change.new_view = view;
      change.hash = base != nullptr ? base->subject.block : world.consortium.genesis();
      if (base != nullptr) change.height = base->subject.height;
      if (base != nullptr) change.committed = *base;
      made.insert(world.intern(world.view_change(self, change), self));
      for (const Certificate* prepared : of_type(facts, VoteType::kPrepare)) {
        if (prepared->subject.view >= view || prepared->subject.height != change.height.next())
          continue;
        change.prepared = *prepared;
        made.insert(world.intern(world.view_change(self, change), self));
      }
    }
    facts.byzantine_changes[view].assign(made.begin(), made.end());
  }
}

/// Every choice of Q VIEW-CHANGEs of distinct members.
void make_outcomes(const World& world, Facts& facts) {
  for (View view{1}; view.value < world.scope().views; view = view.next()) {
    std::vector<std::vector<ViewChange>> chosen{{}};
    for (std::size_t who = 0; who < kMembers; ++who) {
      std::vector<MessageId> choices;
      if (world.is_byzantine(who)) choices = facts.byzantine_changes[view];
      if (const auto found = facts.changes[view].find(who); found != facts.changes[view].end())
        choices.push_back(found->second);
      const std::size_t before = chosen.size();
      for (std::size_t i = 0; i < before; ++i) {
        if (chosen[i].size() >= kQuorum) continue;
        for (const MessageId id : choices) {
          chosen.push_back(chosen[i]);
          chosen.back().push_back(std::get<ViewChange>(world.entry(id).message));
        }
      }
    }
    for (std::vector<ViewChange>& changes : chosen) {
      if (changes.size() == kQuorum)
        facts.possible[view].try_emplace(decide(changes), std::move(changes));
    }
  }
}

void check_commits(const World& world, Facts& facts) {
  for (const Certificate* commit : of_type(facts, VoteType::kCommit)) {
    const VoteSubject& c = commit->subject;
    for (const Certificate* other : of_type(facts, VoteType::kCommit)) {
      if (other->subject.height == c.height && other->subject.block != c.block)
        facts.violations.push_back("two commit certificates at height " +
                                   std::to_string(c.height.value));
    }
    for (const auto& [view, outcomes] : facts.possible) {
      for (const auto& [outcome, changes] : outcomes) {
        const bool keeps =
            outcome.base >= c.height ||
            (outcome.base.next() == c.height && outcome.forced && outcome.forced->block == c.block);
        if (view > c.view && !keeps)
          facts.violations.push_back("a NEW-VIEW " + std::to_string(view.value) +
                                     " could drop the committed " + world.text(c.block));
      }
    }
    for (const auto& [subject, voters] : facts.votes) {
      if (subject.height == c.height && subject.view > c.view && subject.block != c.block)
        facts.violations.push_back("an honest vote against the committed " + world.text(c.block));
    }
  }
}

}  // namespace

Facts derive_facts(World& world, std::vector<MessageId> ids) {
  Facts facts;
  facts.ids = std::move(ids);
  sort_messages(world, facts);
  make_certificates(world, facts);
  make_byzantine_changes(world, facts);
  make_outcomes(world, facts);
  check_commits(world, facts);
  return facts;
}

bool breaks_rule_11(const World& world, const Facts& before, MessageId id) {
  const Entry& e = world.entry(id);
  const VoteSubject* vote = subject_of(e.message);
  if (vote == nullptr) return false;
  return std::any_of(before.changes.begin(), before.changes.end(), [&](const auto& changes) {
    return changes.first > vote->view && changes.second.contains(e.author);
  });
}

}  // namespace galen::pbft::test
