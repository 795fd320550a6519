#include "unit/pbft/cluster.h"

#include <algorithm>

namespace galen::pbft::test {

Cluster::Cluster(const ClusterOptions& options)
    : options_(options), consortium_(options.n), rng_(options.seed), nodes_(options.n) {
  for (std::size_t i = 0; i < options.n; ++i) {
    if (!is_byzantine(i)) restart(i);
  }
}

void Cluster::crash(std::size_t who) {
  Node& node = nodes_[who];
  node.replica.reset();
  node.tasks.clear();
  if (!node.unsynced.empty() && percent(50)) {
    // The power went between the sync and the send: promised, told nobody.
    for (const JournalRecord& record : node.unsynced.front()) {
      node.journal.push_back(consortium_.signed_record(who, record));
      check_promise(who, node.journal.back());
    }
  }
  node.unsynced.clear();
  node.syncing_to = {};
}

void Cluster::restart(std::size_t who) {
  Node& node = nodes_[who];
  Config config;
  config.self = member(who);
  config.validators = options_.n;
  config.timing.request_ticks = options_.request_ticks;
  config.timing.status_ticks = 12;
  Head head{Height{node.ledger.size()}, consortium_.genesis(), {}};
  if (!node.ledger.empty()) {
    head.certificate = node.ledger.back().certificate;
    head.hash = head.certificate->subject.block;
  }
  auto records = consortium_.verifier().restore(node.journal, member(who));
  if (!records) {
    violations_.push_back("a journal does not verify: " + records.error().message);
    return;
  }
  node.replica.emplace(config, head, Restored{*std::move(records), node.wiped, false});
  handle(who, node.replica->start());
  step(who, PendingTransactions{true});
  connect(who);
}

void Cluster::connect(std::size_t who) {
  for (std::size_t peer = 0; peer < options_.n; ++peer) {
    if (peer == who || !nodes_[peer].replica) continue;
    step(who, PeerConnected{member(peer)});
    step(peer, PeerConnected{member(who)});
  }
}

void Cluster::step(std::size_t who, const Event& event) {
  if (nodes_[who].replica) handle(who, nodes_[who].replica->step(event));
}

void Cluster::handle(std::size_t who, Output output) {
  if (!output.persist.empty()) nodes_[who].unsynced.push_back(std::move(output.persist));
  for (const Send& message : output.send) send(who, message.to, message.message);
  for (const Action& action : output.deliver) handle(who, action);
  for (const TraceRecord& record : output.trace) {
    if (record.kind == TraceKind::kViewEntered) ++view_entries_;
    if (record.kind == TraceKind::kAmnesia)
      violations_.push_back("amnesia of " + std::to_string(who));
  }
}

void Cluster::handle(std::size_t who, const Action& action) {
  Node& node = nodes_[who];
  if (const auto* ask = std::get_if<BuildBlock>(&action)) {
    node.tasks.emplace_back([this, who, ask = *ask] { build(who, ask); });
  } else if (const auto* check = std::get_if<CheckBlock>(&action)) {
    node.tasks.emplace_back([this, who, check = *check] {
      step(who, BlockChecked{check.view, check.hash, BlockVerdict::kValid});
    });
  } else if (const auto* certified = std::get_if<CommitBlock>(&action)) {
    node.tasks.emplace_back([this, who, c = *certified] { commit(who, c.certificate, c.block); });
  } else if (const auto* sync = std::get_if<SyncTo>(&action)) {
    node.tasks.emplace_back([this, who, s = *sync] { catch_up(who, s.target, s.from.value); });
  } else if (const auto* answer = std::get_if<AnswerBlock>(&action)) {
    if (answer->height.value == 0 || answer->height > applied(who)) {
      violations_.push_back("asked to answer with a block that is not applied");
      return;
    }
    const Block& block = node.ledger[answer->height.value - 1];
    send(who, answer->to, CommitProof{block.certificate, block.bytes});
  } else if (const auto* compare = std::get_if<CompareCertificate>(&action)) {
    const ledger::VoteSubject& below = compare->certificate.subject;
    const Block& block = node.ledger[below.height.value - 1];
    if (block.certificate.subject.block != below.block)
      violations_.push_back("a certificate of another block below the head");
  } else if (const auto* head = std::get_if<CompareHead>(&action)) {
    if (node.ledger[head->height.value - 1].certificate.subject.block != head->hash)
      violations_.push_back("a member with another block below the head");
  } else if (const auto* evidence = std::get_if<KeepEvidence>(&action)) {
    if (!is_byzantine(evidence->first.member.value))
      violations_.push_back("evidence against the honest member " +
                            std::to_string(evidence->first.member.value));
  } else {
    violations_.push_back("fail-stop of " + std::to_string(who));
  }
}

void Cluster::build(std::size_t who, const BuildBlock& ask) {
  const TestBlock block = make_block(ask.height, ask.parent, ask.view, ++payload_);
  step(who, ProposalBuilt{ask.view, block.info, block.bytes});
}

void Cluster::commit(std::size_t who, const Certificate& certificate, const SharedBytes& block) {
  Node& node = nodes_[who];
  const VoteSubject& s = certificate.subject;
  if (s.height <= applied(who)) return;  // sync was quicker
  if (s.height != applied(who).next()) {
    violations_.push_back("a commit out of order");
    return;
  }
  if (!consortium_.verifier().check_certificate(certificate))
    violations_.push_back("a bad certificate was formed");
  const auto [agreed, first] = agreed_.emplace(s.height, s.block);
  if (!first && agreed->second != s.block)
    violations_.push_back("two blocks at height " + std::to_string(s.height.value));
  if (inspect_block(block)->hash != s.block) violations_.push_back("another body was committed");
  node.ledger.push_back({certificate, block});
  if (options_.byzantine) seen_commits_.push_back(certificate);
  // As the vote journal: votes at the height go, promises above the certificate's view stay.
  node.wiped = s.height;
  std::vector<JournalRecord> kept;
  for (JournalRecord& record : node.journal) {
    if (const auto* change = std::get_if<ViewChange>(&record)) {
      if (change->new_view > s.view) kept.push_back(record);
    } else if (const auto* new_view = std::get_if<NewView>(&record)) {
      if (new_view->view > s.view) kept.push_back(record);
    } else {
      const auto& vote = std::get<VoteRecord>(record);
      if (vote.vote.subject.height > s.height) {
        kept.push_back(record);
      } else if (vote.new_view && vote.new_view->view > s.view) {
        kept.emplace_back(*vote.new_view);
      }
    }
  }
  node.journal = std::move(kept);
  step(who, Applied{certificate});
}

void Cluster::catch_up(std::size_t who, Height target, std::size_t from) {
  if (is_byzantine(from) || !connected(who, from)) return;
  while (nodes_[who].replica && applied(who) < target && applied(who) < applied(from)) {
    const Block block = nodes_[from].ledger[applied(who).value];
    commit(who, block.certificate, block.bytes);
  }
}

void Cluster::check_promise(std::size_t who, const JournalRecord& record) {
  std::tuple<std::size_t, int, std::uint64_t, std::uint64_t> slot{who, 0, 0, 0};
  if (const auto* vote = std::get_if<VoteRecord>(&record)) {
    const VoteSubject& s = vote->vote.subject;
    slot = {who, static_cast<int>(s.type), s.view.value, s.height.value};
    for (const auto& [promised, bytes] : promises_) {
      const auto& [author, kind, view, height] = promised;
      if (author == who && kind == 3 && view > s.view.value) {
        violations_.push_back("a vote in view " + std::to_string(s.view.value) +
                              " after VIEW-CHANGE " + std::to_string(view));
      }
    }
  } else if (const auto* change = std::get_if<ViewChange>(&record)) {
    slot = {who, 3, change->new_view.value, 0};
  } else {
    slot = {who, 4, std::get<NewView>(record).view.value, 0};
  }
  const Bytes bytes = statement(consortium_.chain(), record);
  const auto [known, first] = promises_.emplace(slot, bytes);
  if (!first && known->second != bytes)
    violations_.push_back("two contents signed in one slot by " + std::to_string(who));
}

void Cluster::sync_journal(std::size_t who) {
  Node& node = nodes_[who];
  if (!node.replica || node.unsynced.empty()) return;
  std::vector<JournalRecord> batch = std::move(node.unsynced.front());
  node.unsynced.erase(node.unsynced.begin());
  for (JournalRecord& record : batch) {
    record = consortium_.signed_record(who, std::move(record));
    check_promise(who, record);
    // A vote that was asked for before its height was applied is stored, and wiped with its height.
    const auto* vote = std::get_if<VoteRecord>(&record);
    if (vote == nullptr || vote->vote.subject.height > node.wiped) node.journal.push_back(record);
  }
  for (const JournalRecord& record : batch) {
    send(who, std::nullopt, message_of(record));
    step(who, Persisted{consortium_.verifier().own(record, member(who))});
  }
}

void Cluster::send(std::size_t from, std::optional<ValidatorIndex> to, const Message& message) {
  for (std::size_t peer = 0; peer < options_.n; ++peer) {
    if (peer == from || (to && to->value != peer)) continue;
    if (!connected(from, peer)) continue;
    if (faults_ && percent(options_.loss_percent)) continue;
    network_.push_back({from, peer, message});
    if (faults_ && percent(options_.duplicate_percent)) network_.push_back({from, peer, message});
  }
}

void Cluster::deliver(const InFlight& in_flight) {
  if (is_byzantine(in_flight.to)) {
    if (faults_) misbehave(in_flight);
    return;
  }
  if (!nodes_[in_flight.to].replica) return;
  auto verified = consortium_.verifier().verify(in_flight.message, member(in_flight.from));
  if (!verified) {
    if (!is_byzantine(in_flight.from))
      violations_.push_back("an honest message is refused: " + verified.error().message);
    return;
  }
  step(in_flight.to, to_event(*std::move(verified)));
}

void Cluster::tick(std::size_t who) {
  step(who, Tick{});
}

/// Signs for every block it hears of, proposes two blocks as primary, hides its prepared
/// certificates.
void Cluster::misbehave(const InFlight& seen) {
  const std::size_t self = *options_.byzantine;
  const auto to_random_half = [&](const Message& message) {
    for (std::size_t peer = 0; peer < options_.n; ++peer) {
      if (peer != self && percent(50)) network_.push_back({self, peer, message});
    }
  };
  if (const auto* proposal = std::get_if<Proposal>(&seen.message)) {
    const VoteSubject& s = proposal->vote.subject;
    for (const VoteType type : {VoteType::kPrepare, VoteType::kCommit}) {
      to_random_half(consortium_.vote(self, type, s.view, s.height, s.block));
    }
  } else if (const auto* change = std::get_if<ViewChange>(&seen.message)) {
    auto& changes = seen_changes_[change->new_view];
    changes[change->member] = *change;
    std::optional<Certificate> cited;
    if (!seen_commits_.empty() && percent(50)) cited = seen_commits_[random(seen_commits_.size())];
    const ViewChange mine = consortium_.view_change(self, change->new_view, cited);
    to_random_half(mine);
    changes[member(self)] = mine;
    if (change->new_view.value % options_.n == self &&
        changes.size() >= ledger::quorum(options_.n)) {
      std::vector<ViewChange> quorum;
      for (const auto& [who, held] : changes) {
        if (quorum.size() < ledger::quorum(options_.n)) quorum.push_back(held);
      }
      to_random_half(consortium_.new_view(change->new_view, quorum));
    }
  } else if (const auto* status = std::get_if<StatusReport>(&seen.message)) {
    if (percent(30)) to_random_half(Suspect{Epoch{0}, status->view});
    if (status->view.value % options_.n != self || status->view_change > status->view) return;
    std::optional<Certificate> parent;
    if (status->applied.value > 0)
      parent = nodes_[seen.from].ledger[status->applied.value - 1].certificate;
    for (const std::uint64_t payload : {1U, 2U}) {
      const TestBlock block =
          make_block(status->applied.next(), status->applied_hash, status->view, payload);
      to_random_half(consortium_.proposal(status->view, block, parent));
    }
  }
}

void Cluster::run(std::size_t count) {
  for (std::size_t i = 0; i < count && violations_.empty(); ++i) {
    const std::size_t who = random(options_.n);
    Node& node = nodes_[who];
    if (options_.crash_per_mille > 0 && random(1000) < options_.crash_per_mille &&
        !is_byzantine(who)) {
      if (node.replica) {
        crash(who);
      } else {
        restart(who);
      }
      continue;
    }
    const std::uint64_t choice = random(100);
    if (choice < 60 && !network_.empty()) {
      // Mostly near the front: reordering without starving anything.
      const std::size_t at =
          percent(80) ? random(std::min<std::size_t>(network_.size(), 8)) : random(network_.size());
      const InFlight in_flight = network_[at];
      network_.erase(network_.begin() + static_cast<std::ptrdiff_t>(at));
      deliver(in_flight);
    } else if (choice < 75) {
      sync_journal(who);
    } else if (choice < 92) {
      if (node.tasks.empty()) continue;
      const Task task = std::move(node.tasks.front());
      node.tasks.erase(node.tasks.begin());
      task();
    } else {
      tick(who);
    }
  }
}

void Cluster::finish_tasks() {
  for (std::size_t who = 0; who < options_.n; ++who) {
    std::vector<Task> tasks = std::move(nodes_[who].tasks);
    nodes_[who].tasks.clear();
    for (const Task& task : tasks) task();
    while (nodes_[who].replica && !nodes_[who].unsynced.empty()) sync_journal(who);
  }
}

bool Cluster::heal(std::size_t blocks, std::size_t max_ticks) {
  faults_ = false;
  group_.clear();
  for (std::size_t i = 0; i < options_.n; ++i) {
    if (!is_byzantine(i) && !nodes_[i].replica) restart(i);
    if (!is_byzantine(i)) connect(i);
  }
  const Height goal{highest().value + blocks};
  for (std::size_t t = 0; t < max_ticks && violations_.empty(); ++t) {
    for (int round = 0; round < 3; ++round) {
      std::vector<InFlight> batch = std::move(network_);
      network_.clear();
      for (const InFlight& in_flight : batch) deliver(in_flight);
      finish_tasks();
    }
    bool done = true;
    for (std::size_t i = 0; i < options_.n; ++i) {
      if (is_byzantine(i)) continue;
      tick(i);
      done = done && applied(i) >= goal;
    }
    if (done) return true;
  }
  return false;
}

Height Cluster::highest() const {
  Height highest;
  for (std::size_t i = 0; i < options_.n; ++i) highest = std::max(highest, applied(i));
  return highest;
}

std::string Cluster::describe() const {
  std::string text =
      "seed " + std::to_string(options_.seed) + " n " + std::to_string(options_.n) + "\n";
  for (std::size_t i = 0; i < options_.n; ++i) {
    const Node& node = nodes_[i];
    text += "  " + std::to_string(i) + ": applied " + std::to_string(node.ledger.size());
    if (node.replica) {
      text += " view " + std::to_string(node.replica->view().value) + " vc " +
              std::to_string(node.replica->status().view_change.value) + " certified " +
              std::to_string(node.replica->certified().value) +
              (node.replica->may_vote() ? "" : " (no votes)");
    }
    text += "\n";
  }
  for (const std::string& violation : violations_) text += "  VIOLATION: " + violation + "\n";
  return text;
}

}  // namespace galen::pbft::test
