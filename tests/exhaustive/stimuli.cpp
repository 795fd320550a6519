// Which deliveries make a member act. In a scope of bundles a delivery that only fills a buffer is
// not a step of its own: the network forgets nothing, so it can be delayed until the message is
// needed.
#include "exhaustive/search.h"

#include <algorithm>

namespace galen::pbft::test {

namespace {

using Kind = Stimulus::Kind;

class Stimuli {
 public:
  Stimuli(World& world, const Node& node, const Facts& facts)
      : world_(world), node_(node), facts_(facts), next_{node.ledger().size() + 1} {}

  std::vector<Stimulus> all() {
    if (node_.has_unsynced()) add(Kind::kSync, {});
    if (node_.has_answer()) add(Kind::kAnswer, {});
    if (node_.is_applying()) add(Kind::kApply, {});
    if (world_.scope().crashes > 0) add(Kind::kCrash, {});
    if (world_.scope().single_deliveries) {
      for (const MessageId id : facts_.ids) add_single(id);
      return std::move(found_);
    }
    proposals();
    votes();
    commits();
    if (world_.scope().view_changes) {
      suspects();
      joins();
      waits();
      new_view_quorums();
      new_views();
    }
    return std::move(found_);
  }

 private:
  void add(Kind kind, std::vector<MessageId> messages) {
    found_.push_back({kind, std::move(messages)});
  }

  void add_single(MessageId id) {
    if (world_.entry(id).author != node_.self()) add(Kind::kDeliver, {id});
  }

  [[nodiscard]] View view() const { return node_.replica().view(); }

  [[nodiscard]] View highest_own() const {
    return std::max(view(), node_.replica().status().view_change);
  }

  [[nodiscard]] std::optional<std::size_t> byzantine() const { return world_.scope().byzantine; }

  [[nodiscard]] std::optional<Certificate> parent_certificate() const {
    if (node_.ledger().empty()) return std::nullopt;
    return node_.ledger().back();
  }

  /// Of the honest primary, or two fresh blocks and everything prepared of a Byzantine one.
  void proposals() {
    const std::size_t primary = view().value % kMembers;
    if (primary == node_.self()) {
      for (const auto& [subject, voters] : facts_.votes) {
        if (subject.height == next_) add(Kind::kDeliver, {body(subject.block)});
      }
      return;
    }
    if (!world_.is_byzantine(primary)) {
      for (const auto& [subject, voters] : facts_.votes) {
        const auto found = voters.find(primary);
        if (subject.type == VoteType::kPrepare && subject.view == view() &&
            subject.height == next_ && found != voters.end())
          add(Kind::kDeliver, {found->second});
      }
      return;
    }
    const BlockHash parent =
        node_.ledger().empty() ? world_.consortium.genesis() : node_.ledger().back().subject.block;
    if (next_.value > world_.scope().heights) return;
    for (const std::uint64_t payload : {1U, 2U})
      propose(world_.block(next_, parent, view(), payload));
    for (const auto& [subject, voters] : facts_.votes) {
      if (subject.height == next_) propose(world_.block(subject.block));
    }
  }

  void propose(const TestBlock& block) {
    if (block.info.origin_view > view()) return;  // refused before the core sees it
    const std::size_t self = *byzantine();
    const VoteSubject subject{
        Epoch{0}, VoteType::kPrepare, view(), block.info.height, block.info.hash};
    add(Kind::kDeliver,
        {world_.intern(Proposal{world_.vote(self, subject), block.bytes, parent_certificate()},
                       self)});
  }

  [[nodiscard]] MessageId body(const BlockHash& block) {
    return world_.intern(BlockBody{world_.block(block).bytes}, (node_.self() + 1) % kMembers);
  }

  /// Votes of all others over one subject, the Byzantine one's last.
  [[nodiscard]] std::vector<MessageId> votes_over(const VoteSubject& subject) {
    std::vector<MessageId> messages;
    const auto voters = facts_.votes.find(subject);
    if (voters != facts_.votes.end()) {
      for (const auto& [who, id] : voters->second) {
        if (who != node_.self()) messages.push_back(id);
      }
    }
    if (byzantine())
      messages.push_back(world_.intern(world_.vote(*byzantine(), subject), *byzantine()));
    return messages;
  }

  void votes() {
    const auto own = node_.prepared_in(view());
    if (own) add(Kind::kDeliver, votes_over({Epoch{0}, VoteType::kPrepare, view(), next_, *own}));
  }

  /// As single votes, as a certificate with the body fetched by hash, and for the applied height
  /// the certificate alone, which may activate its view (rule 19). Fewer than Q votes must do
  /// nothing.
  void commits() {
    for (const auto& [subject, voters] : facts_.votes) {
      if (subject.type == VoteType::kCommit && subject.height == next_)
        add(Kind::kDeliver, votes_over(subject));
    }
    for (const Certificate& certificate : facts_.certificates) {
      const VoteSubject& s = certificate.subject;
      if (s.type != VoteType::kCommit || s.height > next_) continue;
      const MessageId proof =
          world_.intern(CommitProof{certificate, nullptr}, (node_.self() + 1) % kMembers);
      if (s.height == next_) {
        add(Kind::kDeliver, {proof, body(s.block)});
      } else if (s.height.next() == next_ && s.view > view()) {
        add(Kind::kDeliver, {proof});
      }
    }
  }

  /// f + 1 SUSPECTs: the own one and anybody's.
  void suspects() {
    if (!node_.replica().active() || view().next().value >= world_.scope().views) return;
    const std::size_t other = byzantine() ? *byzantine() : (node_.self() + 1) % kMembers;
    add(Kind::kSuspect, {world_.intern(Suspect{Epoch{0}, view()}, other)});
  }

  /// The VIEW-CHANGE a member shows to somebody who asks for `least` or above: its lowest.
  [[nodiscard]] std::optional<MessageId> change_of(std::size_t who, View least) const {
    for (const auto& [view, changes] : facts_.changes) {
      if (view < least) continue;
      if (const auto found = changes.find(who); found != changes.end()) return found->second;
    }
    return std::nullopt;
  }

  /// The Byzantine member's VIEW-CHANGE that claims nothing; empty without one.
  [[nodiscard]] std::vector<MessageId> empty_change(View view) {
    if (!byzantine()) return {};
    ViewChange change;
    change.new_view = view;
    change.hash = world_.consortium.genesis();
    return {world_.intern(world_.view_change(*byzantine(), change), *byzantine())};
  }

  /// Rule 22: f + 1 = 2 members above.
  void joins() {
    for (View to = highest_own().next(); to.value < world_.scope().views; to = to.next()) {
      std::vector<std::vector<MessageId>> sets{empty_change(to)};
      for (std::size_t who = 0; who < kMembers; ++who) {
        if (who == node_.self() || world_.is_byzantine(who)) continue;
        const auto change = change_of(who, to);
        if (!change) continue;
        const std::size_t before = sets.size();
        for (std::size_t i = 0; i < before; ++i) {
          if (sets[i].size() >= 2) continue;
          sets.push_back(sets[i]);
          sets.back().push_back(*change);
        }
      }
      for (std::vector<MessageId>& set : sets) {
        if (!set.empty()) add(Kind::kDeliver, std::move(set));
      }
    }
  }

  /// Rule 23: Q members at or above the own VIEW-CHANGE, then nothing happens until the timer
  /// fires.
  void waits() {
    const View own = node_.replica().status().view_change;
    if (node_.replica().active() || own.next().value >= world_.scope().views) return;
    std::vector<MessageId> messages = empty_change(own);
    for (std::size_t who = 0; who < kMembers; ++who) {
      if (who == node_.self() || world_.is_byzantine(who)) continue;
      if (const auto change = change_of(who, own)) messages.push_back(*change);
    }
    add(Kind::kWait, std::move(messages));
  }

  /// Rule 12: what the next primary may build its NEW-VIEW of.
  void new_view_quorums() {
    const View to = node_.replica().status().view_change;
    if (to <= view() || node_.replica().primary(to).value != node_.self()) return;
    std::vector<std::vector<MessageId>> sets{{}};
    for (std::size_t who = 0; who < kMembers; ++who) {
      if (who == node_.self()) continue;
      std::vector<MessageId> choices;
      if (world_.is_byzantine(who)) choices = facts_.byzantine_changes.at(to);
      if (const auto of_view = facts_.changes.find(to); of_view != facts_.changes.end()) {
        if (const auto found = of_view->second.find(who); found != of_view->second.end())
          choices.push_back(found->second);
      }
      const std::size_t before = sets.size();
      for (std::size_t i = 0; i < before; ++i) {
        for (const MessageId id : choices) {
          sets.push_back(sets[i]);
          sets.back().push_back(id);
        }
      }
    }
    for (std::vector<MessageId>& set : sets) {
      if (set.size() + 1 >= kQuorum) add(Kind::kDeliver, std::move(set));
    }
  }

  void new_views() {
    for (const auto& [to, id] : facts_.new_views) add_single(id);
    if (!byzantine()) return;
    for (const auto& [to, outcomes] : facts_.possible) {
      if (to.value % kMembers != *byzantine()) continue;
      for (const auto& [outcome, changes] : outcomes)
        add(Kind::kDeliver, {world_.intern(world_.new_view(to, changes), *byzantine())});
    }
  }

  World& world_;
  const Node& node_;
  const Facts& facts_;
  Height next_;
  std::vector<Stimulus> found_;
};

}  // namespace

std::vector<Stimulus> stimuli(World& world, const Node& node, const Facts& facts) {
  return Stimuli(world, node, facts).all();
}

}  // namespace galen::pbft::test
