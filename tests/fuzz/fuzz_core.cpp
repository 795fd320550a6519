// F2: what peers may send to a live replica in six states. All other members' keys are the
// fuzzer's, so that its messages get past the verifier; the replica must live and keep its own
// promises all the same.
#include "fuzz/samples.h"
#include "fuzz/target.h"

#include <deque>
#include <map>

namespace galen::fuzz {

using namespace pbft;
using ledger::Certificate;
using ledger::VoteSubject;
using ledger::VoteType;
using pbft::test::make_block;
using pbft::test::member;
using pbft::test::TestBlock;

namespace {

constexpr std::size_t kSelf = 1;
constexpr std::size_t kMaxSteps = 200;

enum class Situation : std::uint8_t {
  kIdle,
  kPrepared,
  kViewChanging,
  kSyncing,
  kApplied,
  kRecovering
};

/// ECDSA signing is the slow part, and inputs repeat themselves.
Signature sign(std::size_t who, const Bytes& statement) {
  static std::map<std::pair<std::size_t, Bytes>, Signature> made;
  if (made.size() > 50'000) made.clear();
  const auto [found, is_new] = made.try_emplace({who, statement});
  if (is_new) found->second = consortium().sign(who, statement);
  return found->second;
}

Vote vote_of(std::size_t who, const VoteSubject& subject) {
  return {subject, member(who), sign(who, ledger::vote_statement(consortium().chain(), subject))};
}

Certificate certificate_of(const VoteSubject& subject) {
  Certificate certificate{subject, {}};
  for (const std::size_t who : {0U, 2U, 3U})
    certificate.signatures.emplace(member(who), vote_of(who, subject).signature);
  return certificate;
}

/// The replica and an engine that does what it is told.
class Core {
 public:
  Core() { restart({}, {}, Height{}); }

  [[nodiscard]] bool stopped() const { return stopped_; }

  [[nodiscard]] const Replica& replica() const { return *replica_; }

  void confirm() {
    StatusReport nothing;
    nothing.suspects.resize(4);
    nothing.view_changes.resize(4);
    nothing.echoes.assign(4, replica_->status().stamp);
    for (HeldSlot& slot : nothing.slots) slot.members.resize(4);
    nothing.applied_hash = consortium().genesis();
    for (const std::size_t who : {0U, 2U, 3U}) receive(nothing, who);
  }

  /// Through the verifier, as from the wire.
  void receive(const Message& message, std::size_t from) {
    auto verified = consortium().verifier().verify(message, member(from));
    if (verified) step(to_event(*std::move(verified)));
  }

  void step(const Event& event) {
    std::deque<Event> events{event};
    for (std::size_t i = 0; !events.empty() && !stopped_; ++i) {
      CHECK(i < 1000, "one event causes a bounded number of steps");
      carry_out(replica_->step(events.front()), events);
      events.pop_front();
    }
  }

  void crash() {
    auto records = consortium().verifier().restore(journal_, member(kSelf));
    CHECK(records.has_value(), "the own journal verifies");
    restart(*std::move(records), ledger_, wiped_);
  }

 private:
  void restart(std::vector<Verified<JournalRecord>> records,
               const std::vector<Certificate>& ledger,
               Height wiped) {
    Config config;
    config.self = member(kSelf);
    config.validators = 4;
    config.timing.request_ticks = 3;
    Head head{Height{ledger.size()}, consortium().genesis(), {}};
    if (!ledger.empty()) {
      head.certificate = ledger.back();
      head.hash = ledger.back().subject.block;
    }
    replica_.emplace(config, head, Restored{std::move(records), wiped, false});
    (void)replica_->start();
  }

  void carry_out(Output output, std::deque<Event>& events) {
    for (JournalRecord& record : output.persist) {
      set_signature(record, sign(kSelf, statement(consortium().chain(), record)));
      promise(record);
      journal_.push_back(record);
      events.emplace_back(Persisted{consortium().verifier().own(record, member(kSelf))});
    }
    for (const Action& action : output.deliver) {
      if (const auto* build = std::get_if<BuildBlock>(&action)) {
        const TestBlock block = make_block(build->height, build->parent, build->view, ++payload_);
        events.emplace_back(ProposalBuilt{build->view, block.info, block.bytes});
      } else if (const auto* check = std::get_if<CheckBlock>(&action)) {
        events.emplace_back(BlockChecked{check->view, check->hash, BlockVerdict::kValid});
      } else if (const auto* commit = std::get_if<CommitBlock>(&action)) {
        apply(commit->certificate);
        events.emplace_back(Applied{commit->certificate});
      } else if (const auto* compare = std::get_if<CompareCertificate>(&action)) {
        const Certificate& known = ledger_.at(compare->certificate.subject.height.value - 1);
        if (known.subject.block != compare->certificate.subject.block)
          events.emplace_back(CertifiedBefore{known, compare->certificate});
      } else if (std::holds_alternative<FailStop>(action)) {
        stopped_ = true;  // three members of four lie: two certificates are possible
      }
    }
  }

  void apply(const Certificate& certificate) {
    CHECK(certificate.subject.height.value == ledger_.size() + 1, "commits come in order");
    ledger_.push_back(certificate);
    wiped_ = certificate.subject.height;
    std::erase_if(journal_, [&](const JournalRecord& record) {
      if (const auto* vote = std::get_if<VoteRecord>(&record))
        return vote->vote.subject.height <= wiped_;
      if (const auto* change = std::get_if<ViewChange>(&record))
        return change->new_view <= certificate.subject.view;
      return std::get<NewView>(record).view <= certificate.subject.view;
    });
  }

  /// SAF-3 and rule 11, whatever the others do.
  void promise(const JournalRecord& record) {
    const Bytes content = statement(consortium().chain(), record);
    std::tuple<int, std::uint64_t, std::uint64_t> slot;
    if (const auto* vote = std::get_if<VoteRecord>(&record)) {
      const VoteSubject& s = vote->vote.subject;
      slot = {static_cast<int>(s.type), s.view.value, s.height.value};
      CHECK(s.view >= highest_change_, "no vote below the own VIEW-CHANGE");
    } else if (const auto* change = std::get_if<ViewChange>(&record)) {
      slot = {3, change->new_view.value, 0};
      highest_change_ = std::max(highest_change_, change->new_view);
    } else {
      slot = {4, std::get<NewView>(record).view.value, 0};
    }
    const auto [known, is_new] = promises_.emplace(slot, content);
    CHECK(is_new || known->second == content, "one content per slot for ever");
  }

  std::optional<Replica> replica_;
  std::vector<JournalRecord> journal_;
  std::vector<Certificate> ledger_;
  Height wiped_;
  std::map<std::tuple<int, std::uint64_t, std::uint64_t>, Bytes> promises_;
  View highest_change_;
  std::uint64_t payload_ = 100;
  bool stopped_ = false;
};

/// Messages signed by the other members, their fields chosen near what the replica is about.
class Peer {
 public:
  Peer(Choices& choices, Core& core) : choices_(choices), core_(core) {}

  void act() {
    const std::size_t from = others();
    switch (choices_.below(14)) {
      case 0: return raw(from);
      case 1:
      case 2: return core_.receive(vote_of(others(), subject()), from);
      case 3: return propose(from);
      case 4: return core_.receive(change(others(), view()), from);
      case 5: return new_view(from);
      case 6: return core_.receive(Suspect{Epoch{0}, view()}, from);
      case 7: return core_.receive(status(), from);
      case 8: return prove(from);
      case 9: return core_.receive(BlockBody{block().bytes}, from);
      case 10: return core_.receive(BlockRequest{height(), block().info.hash}, from);
      case 11: return core_.step(PendingTransactions{choices_.coin()});
      case 12: return core_.step(PeerConnected{member(from)});
      default:
        for (std::size_t i = choices_.below(40); i > 0; --i) core_.step(Tick{});
    }
  }

 private:
  std::size_t others() { return std::array<std::size_t, 3>{0, 2, 3}[choices_.below(3)]; }

  View view() {
    const std::size_t near = choices_.below(8);
    if (near == 7) return View{kMaxCounter};
    return View{core_.replica().view().value + near -
                std::min<std::uint64_t>(core_.replica().view().value, 2)};
  }

  Height height() { return Height{core_.replica().applied().value + choices_.below(4)}; }

  TestBlock block() {
    const Height at{std::max<std::uint64_t>(1, height().value)};
    const BlockHash parent =
        at == core_.replica().applied().next() ? core_.replica().applied_hash() : BlockHash{};
    return make_block(at, parent, View{choices_.below(3)}, choices_.below(3));
  }

  VoteSubject subject() {
    const TestBlock chosen = block();
    return {Epoch{0},
            choices_.coin() ? VoteType::kCommit : VoteType::kPrepare,
            view(),
            chosen.info.height,
            chosen.info.hash};
  }

  void raw(std::size_t from) {
    auto message = decode_message(choices_.take(choices_.byte()));
    if (message) core_.receive(*message, from);
  }

  std::optional<Certificate> parent_of(const TestBlock& chosen) {
    if (chosen.info.height.value <= 1) return std::nullopt;
    return certificate_of({Epoch{0},
                           VoteType::kCommit,
                           View{0},
                           Height{chosen.info.height.value - 1},
                           chosen.info.parent});
  }

  void propose(std::size_t from) {
    const TestBlock chosen = block();
    const View in = core_.replica().view();
    const std::size_t primary = in.value % 4;
    if (primary == kSelf) return;
    const VoteSubject s{Epoch{0}, VoteType::kPrepare, in, chosen.info.height, chosen.info.hash};
    core_.receive(Proposal{vote_of(primary, s), chosen.bytes, parent_of(chosen)}, from);
  }

  /// Of an early view, or one that the replica may not have seen.
  View certified_in() {
    const std::size_t early = choices_.below(4);
    return early < 3 ? View{early} : view();
  }

  ViewChange change(std::size_t who, View to) {
    ViewChange made;
    made.new_view = to;
    made.hash = consortium().genesis();
    if (choices_.coin()) {
      const TestBlock base = block();
      made.height = base.info.height;
      made.hash = base.info.hash;
      made.committed =
          certificate_of({Epoch{0}, VoteType::kCommit, certified_in(), made.height, made.hash});
    }
    if (choices_.coin()) {
      const BlockHash hash =
          make_block(made.height.next(), made.hash, View{choices_.below(3)}, 1).info.hash;
      made.prepared = certificate_of(
          {Epoch{0}, VoteType::kPrepare, View{choices_.below(3)}, made.height.next(), hash});
    }
    made.member = member(who);
    made.signature = sign(who, view_change_statement(consortium().chain(), made));
    return made;
  }

  void new_view(std::size_t from) {
    const View to = view();
    const std::size_t primary = to.value % 4;
    if (primary == kSelf) return;
    NewView made{Epoch{0}, to, {change(0, to), change(2, to), change(3, to)}, member(primary), {}};
    made.signature = sign(primary, new_view_statement(consortium().chain(), made));
    core_.receive(made, from);
  }

  StatusReport status() {
    StatusReport report = core_.replica().status();
    report.view = view();
    report.view_change = view();
    report.applied = height();
    report.timer_expired = choices_.coin();
    report.echoes[choices_.below(4)] = choices_.coin() ? report.stamp : choices_.below(1000);
    report.view_changes[choices_.below(4)] = view();
    report.slots[0].members[choices_.below(4)].prepare = HeldVote{view(), block().info.hash};
    return report;
  }

  void prove(std::size_t from) {
    VoteSubject s = subject();
    s.type = VoteType::kCommit;
    const TestBlock chosen = block();
    if (choices_.coin()) s.block = chosen.info.hash;
    core_.receive(
        CommitProof{certificate_of(s), s.block == chosen.info.hash ? chosen.bytes : nullptr}, from);
  }

  Choices& choices_;
  Core& core_;
};

/// One voted block at height 1 in view 0, and what follows.
void arrive_at(Core& core, Situation situation) {
  core.confirm();
  const auto& c = consortium();
  const TestBlock block = make_block(Height{1}, c.genesis(), View{0}, 1);
  const auto subject = [&](VoteType type) {
    return VoteSubject{Epoch{0}, type, View{0}, Height{1}, block.info.hash};
  };
  if (situation == Situation::kIdle) return;
  if (situation == Situation::kSyncing) {
    const VoteSubject far{Epoch{0}, VoteType::kCommit, View{0}, Height{9}, block.info.hash};
    return core.receive(CommitProof{certificate_of(far), nullptr}, 0);
  }
  core.receive(Proposal{vote_of(0, subject(VoteType::kPrepare)), block.bytes, {}}, 0);
  core.receive(vote_of(2, subject(VoteType::kPrepare)), 2);
  if (situation == Situation::kViewChanging) {
    core.step(PrimarySuspected{View{0}});
    core.receive(Suspect{Epoch{0}, View{0}}, 2);
    CHECK(!core.replica().active(), "between the views");
  } else if (situation == Situation::kApplied) {
    core.receive(CommitProof{certificate_of(subject(VoteType::kCommit)), block.bytes}, 0);
    CHECK(core.replica().applied() == Height{1}, "height 1 is applied");
  } else if (situation == Situation::kRecovering) {
    core.crash();
    CHECK(!core.replica().may_vote(), "not confirmed yet");
  }
}

}  // namespace

std::vector<Bytes> seeds() {
  std::vector<Bytes> all;
  for (std::uint8_t situation = 0; situation < 6; ++situation) {
    for (std::uint8_t action = 0; action < 14; ++action) {
      Bytes seed{situation};
      for (std::uint8_t i = 0; i < 24; ++i)
        seed.push_back(static_cast<std::uint8_t>(i % 3 == 1 ? action : i));
      all.push_back(seed);
    }
  }
  return all;
}

}  // namespace galen::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace galen::fuzz;
  Choices choices({data, size});
  Core core;
  arrive_at(core, static_cast<Situation>(choices.below(6)));
  Peer peer(choices, core);
  for (std::size_t i = 0; i < kMaxSteps && !choices.done() && !core.stopped(); ++i) {
    if (choices.below(32) == 31) core.crash();
    peer.act();
  }
  return 0;
}
