#include "network.h"

#include "base/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace galen::engine::test {
namespace {

ledger::Genesis make_genesis(std::vector<Hospital>& hospitals, std::size_t n, TimeMs time) {
  using ledger::KeyUse;
  ledger::Genesis genesis;
  genesis.name = "test";
  genesis.time = time;
  genesis.parameters = ledger::default_parameters();
  const auto prove = [](const crypto::PrivateKey& key, KeyUse use, const AccountId& id) {
    return key.sign(ledger::possession_statement(use, id, key.public_key()));
  };
  for (std::size_t i = 0; i < n; ++i) {
    Hospital h;
    h.id = ledger::organisation_id(h.signing.public_key());
    ledger::GenesisOrganisation organisation;
    organisation.id = h.id;
    organisation.name = "hospital-" + std::to_string(i + 1);
    organisation.region = "DE";
    organisation.signing_key = h.signing.public_key();
    organisation.agreement_key = h.agreement.public_key();
    organisation.tls_key = h.tls.public_key();
    organisation.signing_possession = prove(h.signing, KeyUse::kSigning, h.id);
    organisation.agreement_possession = prove(h.agreement, KeyUse::kAgreement, h.id);
    organisation.tls_possession = prove(h.tls, KeyUse::kTls, h.id);
    genesis.organisations.push_back(organisation);
    genesis.validators.push_back({h.id,
                                  h.consensus.public_key(),
                                  h.node_tls.public_key(),
                                  h.receipt.public_key(),
                                  prove(h.consensus, KeyUse::kConsensus, h.id),
                                  prove(h.node_tls, KeyUse::kTls, h.id),
                                  prove(h.receipt, KeyUse::kReceipt, h.id)});
    hospitals.push_back(std::move(h));
  }
  std::sort(genesis.organisations.begin(),
            genesis.organisations.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  return genesis;
}

}  // namespace

Network::Network(std::uint64_t seed, std::size_t n, const NetworkSetup& wanted)
    : setup(wanted), random(seed), sequence_(n) {
  genesis = make_genesis(hospitals, n, TimeMs{time_ms});
  genesis.parameters.rotation_period_ms = setup.rotation_period_ms;
  if (setup.max_block_transactions != 0)
    genesis.parameters.max_block_transactions = setup.max_block_transactions;
  const auto valid = ledger::validate(genesis);
  CHECK(valid.has_value(), "the test's genesis is valid");
  chain = ledger::chain_id(genesis);
  const execution::StateCommit commit = execution::genesis_state(genesis);
  disks_.resize(n);
  nodes_.resize(n);
  time_ms += 1000;
  for (std::size_t i = 0; i < n; ++i) {
    disks_[i].state.apply(commit);
    disks_[i].head = {
        Height{0}, id_cast<BlockHash>(chain), genesis.time, View{0}, commit.state_root};
    restart(i);
  }
}

void Network::restart(std::size_t node) {
  const ValidatorIndex self{static_cast<std::uint16_t>(node)};
  nodes_[node] = std::make_unique<Node>(*this, self, disks_[node]);
  nodes_[node]->engine().start();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (i == node || !up(i)) continue;
    nodes_[i]->engine().peer_connected(self);
    nodes_[node]->engine().peer_connected(ValidatorIndex{static_cast<std::uint16_t>(i)});
  }
}

void Network::crash(std::size_t node) {
  nodes_[node].reset();
  std::erase_if(tasks_, [&](const Task& task) { return task.node == node; });
  std::erase_if(deliveries_, [&](const Delivery& d) { return d.to.value == node; });
  std::erase_if(delayed_, [&](const auto& d) { return d.second.to.value == node; });
}

void Network::step() {
  const std::size_t waiting = tasks_.size() + deliveries_.size();
  if (waiting == 0 || random.below(200) == 0) {
    time_ms += pbft::kTickMs;
    for (const auto& node : nodes_) {
      if (node) node->engine().tick();
    }
    while (!delayed_.empty() && delayed_.begin()->first <= time_ms) {
      deliveries_.push_back(delayed_.begin()->second);
      delayed_.erase(delayed_.begin());
    }
    return;
  }
  if (random.below(waiting) < tasks_.size()) {
    // Completions of one node stay in order; nodes interleave.
    const std::size_t node = tasks_[random.below(tasks_.size())].node;
    const auto first =
        std::find_if(tasks_.begin(), tasks_.end(), [&](const Task& t) { return t.node == node; });
    const auto run = std::move(first->run);
    tasks_.erase(first);
    run();
    return;
  }
  const auto index = static_cast<std::ptrdiff_t>(random.below(deliveries_.size()));
  const Delivery delivery = deliveries_[static_cast<std::size_t>(index)];
  deliveries_.erase(deliveries_.begin() + index);
  if (random.below(100) < loss_percent || !up(delivery.to.value)) return;
  nodes_[delivery.to.value]->receive(delivery.from, delivery.channel, *delivery.bytes);
}

bool Network::run_until(const std::function<bool()>& condition, std::size_t limit) {
  for (std::size_t i = 0; i < limit; ++i) {
    if (condition()) return true;
    step();
  }
  return condition();
}

void Network::run_ticks(std::uint64_t ticks) {
  const std::uint64_t end = time_ms + ticks * pbft::kTickMs;
  while (time_ms < end) step();
}

bool Network::all_at(Height height) const {
  return std::all_of(
      disks_.begin(), disks_.end(), [&](const Disk& d) { return d.head.height >= height; });
}

Bytes Network::patient_transaction(std::size_t by, std::optional<std::uint64_t> nonce) {
  const Hospital& hospital = hospitals[by];
  const crypto::PrivateKey signing = crypto::PrivateKey::generate();
  const crypto::PrivateKey agreement = crypto::PrivateKey::generate();
  ledger::RegisterPatient patient;
  patient.seed = random.next<Random32>();
  patient.patient = ledger::patient_id(chain, hospital.id, patient.seed);
  patient.signing_key = signing.public_key();
  patient.agreement_key = agreement.public_key();
  const auto account = id_cast<AccountId>(patient.patient);
  patient.signing_possession = signing.sign(
      ledger::possession_statement(ledger::KeyUse::kSigning, account, signing.public_key()));
  patient.agreement_possession = agreement.sign(
      ledger::possession_statement(ledger::KeyUse::kAgreement, account, agreement.public_key()));
  ledger::TransactionBuilder builder(chain, hospital.id, 0, random);
  builder.add(patient);
  const auto header =
      builder.header({0, nonce ? *nonce : ++sequence_[by]}, TimeMs{time_ms + validity_ms});
  const Signature signature = hospital.signing.sign(ledger::signing_bytes(header));
  return ledger::encode(std::move(builder).finish(header, signature));
}

void Network::submit(std::size_t node, const Bytes& transaction, SubmitDone done) {
  auto verified = nodes_[node]->resolve(transaction);
  ASSERT_TRUE(verified.has_value()) << verified.error().message;
  const auto admitted = nodes_[node]->engine().submit(*verified, done);
  if (!admitted && done) done(tl::unexpected<Error>(admitted.error()));
  nodes_[node]->engine().flush();
}

ledger::OperationResult TestApplication::execute(const execution::OperationContext& context,
                                                 execution::StateOverlay& state) const {
  for (const auto& [hospital, units] : network_.work) {
    if (network_.hospitals[hospital].id == context.submitter) context.charge(units);
  }
  return ModuleApplication::execute(context, state);
}

Node::Node(Network& network, ValidatorIndex self, Disk& disk)
    : network_(network), self_(self), disk_(disk), application_(network) {
  auto verifier = pbft::Verifier::create(
      network_.chain,
      Epoch{},
      ledger::validator_set(network_.genesis),
      [this](const pbft::SharedBytes& block) {
        return inspect_block(network_.chain, block, *this);
      },
      &memo_);
  CHECK(verifier.has_value(), "keys of the test are points");
  verifier_.emplace(*std::move(verifier));
  auto restored = verifier_->restore(disk_.journal, self_);
  CHECK(restored.has_value(), "own journal");
  EngineOptions options;
  options.replica.self = self_;
  options.replica.validators = network_.hospitals.size();
  options.genesis = network_.genesis;
  options.pool = network_.setup.pool;
  engine_.emplace(
      std::move(options),
      Ports{*this, *this, *this, *this, *this, *verifier_, application_},
      Start{
          disk_.head, disk_.certificate, {*std::move(restored), disk_.head.height, disk_.amnesia}});
}

void Node::append_votes(std::vector<pbft::JournalRecord> records, std::function<void()> done) {
  // Synced when the task runs, not before: a crash in between forgets the votes.
  network_.tasks_.push_back(
      {self_.value, [this, records = std::move(records), done = std::move(done)] {
         disk_.journal.insert(disk_.journal.end(), records.begin(), records.end());
         done();
       }});
}

void Node::apply(CandidatePtr block, ledger::Certificate certificate, std::function<void()> done) {
  network_.tasks_.push_back({self_.value,
                             [this,
                              block = std::move(block),
                              certificate = std::move(certificate),
                              done = std::move(done)] {
                               CHECK(block->header.height == disk_.head.height.next(),
                                     "blocks apply one by one");
                               disk_.state.apply(block->outcome.state);
                               disk_.head = head_after(disk_.head, *block);
                               disk_.certificate = certificate;
                               disk_.blocks.push_back({*block->bytes, certificate});
                               for (const auto& tx : block->transactions) {
                                 CHECK(disk_.committed.emplace(tx->id, block->header.height).second,
                                       "a transaction commits once");
                               }
                               std::erase_if(disk_.journal, [&](const pbft::JournalRecord& record) {
                                 return std::holds_alternative<pbft::VoteRecord>(record) &&
                                        pbft::height_of(record) <= disk_.head.height;
                               });
                               done();
                             }});
}

/// That of the node that is ahead of all.
void Node::take_state(Height target, std::function<void(TakenState)> done) {
  network_.tasks_.push_back(
      {self_.value, [this, target, done = std::move(done)] {
         const auto ahead = std::max_element(
             network_.disks_.begin(), network_.disks_.end(), [](const Disk& a, const Disk& b) {
               return a.head.height < b.head.height;
             });
         CHECK(ahead->head.height >= target, "a certified head is somewhere");
         disk_.state = ahead->state;
         disk_.head = ahead->head;
         disk_.certificate = ahead->certificate;
         disk_.blocks = ahead->blocks;
         disk_.committed = ahead->committed;
         std::erase_if(disk_.journal, [&](const pbft::JournalRecord& record) {
           return std::holds_alternative<pbft::VoteRecord>(record) &&
                  pbft::height_of(record) <= disk_.head.height;
         });
         ++network_.states_taken;
         done({disk_.head,
               [this](Height height) { return disk_.blocks.at(height.value - 1).certificate; },
               {}});
       }});
}

void Node::answer_block(ValidatorIndex to, Height height) {
  if (height.value == 0 || height > disk_.head.height || network_.erased.contains(height)) return;
  const CertifiedBlock& block = disk_.blocks[height.value - 1];
  const pbft::CommitProof proof{block.certificate, std::make_shared<const Bytes>(block.block)};
  send(to, Channel::kConsensus, std::make_shared<const Bytes>(pbft::encode(pbft::Message(proof))));
}

void Node::fail_stop(const ledger::FailStopBundle& bundle) {
  disk_.fail_stop = bundle;
  if (!network_.may_fail_stop)
    ADD_FAILURE() << "fail-stop of node " << self_.value << ": " << bundle.reason;
  throw std::runtime_error(bundle.reason);
}

/// Whatever this member signs is synced before it leaves (CONSENSUS.md 3 to 5).
void Node::check_synced(const Bytes& bytes) const {
  const auto message = pbft::decode_message(bytes);
  CHECK(message.has_value(), "engines send what decodes");
  const auto by_self = [this](ValidatorIndex member) { return member == self_; };
  const bool own = std::visit(
      [&](const auto& m) {
        using M = std::decay_t<decltype(m)>;
        if constexpr (std::is_same_v<M, pbft::Proposal>) return by_self(m.vote.member);
        if constexpr (std::is_same_v<M, pbft::Vote> || std::is_same_v<M, pbft::ViewChange> ||
                      std::is_same_v<M, pbft::NewView>) {
          return by_self(m.member);
        }
        return false;
      },
      *message);
  if (!own) return;
  const bool synced = std::any_of(
      disk_.journal.begin(), disk_.journal.end(), [&](const pbft::JournalRecord& record) {
        if (pbft::encode(pbft::message_of(record)) == bytes) return true;
        // The primary's PREPARE is its proposal; status answers send it alone.
        const auto* vote = std::get_if<pbft::VoteRecord>(&record);
        return vote != nullptr && pbft::encode(pbft::Message(vote->vote)) == bytes;
      });
  EXPECT_TRUE(synced) << "node " << self_.value << " sends " << pbft::name(*message)
                      << " before it is synced";
}

void Node::send(ValidatorIndex to, Channel channel, SharedBytes message) {
  if (channel == Channel::kConsensus) check_synced(*message);
  std::uint64_t delay_ms = 0;
  if (network_.tampers)
    message = network_.tampers(self_, to, channel, std::move(message), delay_ms);
  if (message == nullptr || !network_.up(to.value)) return;
  if (delay_ms > 0) {
    network_.delayed_.emplace(network_.time_ms + delay_ms,
                              Network::Delivery{self_, to, channel, std::move(message)});
  } else {
    network_.deliveries_.push_back({self_, to, channel, std::move(message)});
  }
}

Signature Node::sign(BytesView statement) {
  return network_.hospitals[self_.value].consensus.sign(statement);
}

TimeMs Node::now() const {
  const auto ahead = network_.clock_ahead_ms.find(self_.value);
  return TimeMs{network_.time_ms + (ahead == network_.clock_ahead_ms.end() ? 0 : ahead->second)};
}

Result<VerifiedTransactionPtr> Node::resolve(BytesView bytes) {
  GALEN_TRY(auto decoded, ledger::decode_and_check(to_bytes(bytes), network_.chain));
  return VerifiedTransactionPtr(
      std::make_shared<const VerifiedTransaction>(VerifiedTransaction{decoded, {}}));
}

void Node::receive(ValidatorIndex from, Channel channel, const Bytes& bytes) {
  if (channel == Channel::kBulk) return receive_bulk(from, bytes);
  auto message = pbft::decode_message(bytes);
  ASSERT_TRUE(message.has_value()) << message.error().message;
  auto visible = engine_->horizon().visible(*std::move(message));
  if (!visible) return;
  auto verified = verifier_->verify(*std::move(visible), from);
  ASSERT_TRUE(verified.has_value()) << verified.error().message;
  engine_->receive(*std::move(verified));
}

void Node::receive_bulk(ValidatorIndex from, const Bytes& bytes) {
  auto message = decode_bulk_message(bytes);
  ASSERT_TRUE(message.has_value()) << message.error().message;
  if (const auto* batch = std::get_if<TransactionBatch>(&*message)) {
    std::vector<VerifiedTransactionPtr> verified;
    for (const Bytes& tx : batch->transactions) {
      if (!network_.hides || !network_.hides(self_.value, tx)) verified.push_back(*resolve(tx));
    }
    engine_->receive_transactions(verified, batch->overtaken ? std::optional(from) : std::nullopt);
  } else if (const auto* request = std::get_if<RangeRequest>(&*message)) {
    RangeReply reply{request->from, {}};
    for (std::size_t i = 0;
         i < request->count && request->from.value + i <= disk_.head.height.value;
         ++i) {
      reply.blocks.push_back(disk_.blocks[request->from.value + i - 1]);
    }
    if (!reply.blocks.empty())
      send(from, Channel::kBulk, std::make_shared<const Bytes>(encode(BulkMessage(reply))));
  } else {
    receive_reply(from, std::get<RangeReply>(*message));
  }
}

/// As node/peer_inbox.cpp.
void Node::receive_reply(ValidatorIndex from, const RangeReply& reply) {
  if (!engine_->begin_reply(from, reply.from, reply.blocks.size())) return;
  std::vector<SyncedBlock> blocks;
  for (const CertifiedBlock& block : reply.blocks) {
    if (network_.erased.contains(block.certificate.subject.height))
      return engine_->receive_blocks(from, std::move(blocks), true);
    auto shared = std::make_shared<const Bytes>(block.block);
    const auto info = inspect_block(network_.chain, shared, *this);
    if (!verifier_->check_certificate(block.certificate) || !info)
      return engine_->refuse_blocks(from);
    blocks.push_back({shared, *info, block.certificate});
  }
  engine_->receive_blocks(from, std::move(blocks));
}

}  // namespace galen::engine::test
