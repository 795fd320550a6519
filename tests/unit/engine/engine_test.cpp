#include "engine/engine.h"

#include "engine/inspect.h"
#include "engine/wire.h"
#include "ledger/erasure_entries.h"
#include "network.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace galen::engine::test {
namespace {

void expect_equal_chains(const Network& network) {
  for (std::size_t i = 1; i < network.disks_.size(); ++i) {
    const std::size_t common =
        std::min(network.disks_[0].blocks.size(), network.disks_[i].blocks.size());
    for (std::size_t h = 0; h < common; ++h) {
      ASSERT_EQ(network.disks_[0].blocks[h].block, network.disks_[i].blocks[h].block)
          << "height " << h + 1;
    }
    if (network.disks_[0].head.height == network.disks_[i].head.height) {
      EXPECT_EQ(network.disks_[0].head.state_root, network.disks_[i].head.state_root);
    }
  }
}

TEST(Engine, CommitsATransactionOnAllFourAndAnswersItsClient) {
  Network network(1);
  std::optional<Committed> committed;
  network.submit(2, network.patient_transaction(2), [&](Result<Committed> r) {
    ASSERT_TRUE(r.has_value()) << r.error().message;
    committed = *r;
  });
  ASSERT_TRUE(
      network.run_until([&] { return committed.has_value() && network.all_at(Height{1}); }));
  EXPECT_TRUE(committed->receipt.ok);
  EXPECT_EQ(committed->height, Height{1});
  EXPECT_EQ(committed->results.front().code, ledger::ResultCode::kOk);
  expect_equal_chains(network);
}

TEST(Engine, CommitsManyTransactionsExactlyOnceUnderReordering) {
  Network network(2);
  std::size_t done = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    network.submit(i % 4, network.patient_transaction(i % 4), [&](Result<Committed> r) {
      EXPECT_TRUE(r.has_value());
      ++done;
    });
  }
  ASSERT_TRUE(network.run_until([&] { return done == 40; }));
  for (const Disk& disk : network.disks_) {
    EXPECT_TRUE(network.run_until([&] { return disk.committed.size() == 40; }));
  }
  expect_equal_chains(network);
}

TEST(Engine, ProgressesWithOneBackupDownAndItCatchesUpAfterRestart) {
  Network network(3);
  network.crash(3);
  std::size_t done = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    network.submit(i % 3, network.patient_transaction(i % 3), [&](Result<Committed>) { ++done; });
    ASSERT_TRUE(network.run_until([&] { return done == i + 1; })) << i;
  }
  EXPECT_EQ(network.height(3), Height{0});
  network.restart(3);
  ASSERT_TRUE(network.run_until([&] { return network.all_at(network.height(0)); }));
  expect_equal_chains(network);
  // It votes again: with another backup down it is needed.
  network.crash(2);
  network.submit(0, network.patient_transaction(0), [&](Result<Committed>) { ++done; });
  ASSERT_TRUE(network.run_until([&] { return done == 101; }));
}

TEST(Engine, ReplacesACrashedPrimary) {
  Network network(4);
  network.crash(0);
  bool done = false;
  network.submit(
      1, network.patient_transaction(1), [&](Result<Committed> r) { done = r.has_value(); });
  ASSERT_TRUE(network.run_until([&] { return done; }));
  network.restart(0);
  ASSERT_TRUE(network.run_until([&] { return network.all_at(Height{1}); }));
  expect_equal_chains(network);
}

TEST(Engine, LosesNoAcknowledgedTransactionWhenAllCrashAtAnyMoment) {
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    SCOPED_TRACE(seed);
    Network network(seed);
    std::map<TxId, Height> acknowledged;
    const auto submit_some = [&] {
      for (std::size_t i = 0; i < 8; ++i) {
        network.submit(i % 4, network.patient_transaction(i % 4), [&](Result<Committed> r) {
          if (r) acknowledged[r->id] = r->height;
        });
      }
    };
    submit_some();
    for (std::size_t round = 0; round < 3; ++round) {
      const std::uint64_t steps = network.random.below(600);
      for (std::uint64_t i = 0; i < steps; ++i) network.step();
      for (std::size_t i = 0; i < 4; ++i) network.crash(i);
      for (std::size_t i = 0; i < 4; ++i) network.restart(i);
      submit_some();
    }
    const std::size_t before = acknowledged.size();
    ASSERT_TRUE(network.run_until([&] { return acknowledged.size() >= before + 8; }));
    const Height top = network.height(0);
    ASSERT_TRUE(network.run_until([&] { return network.all_at(top); }));
    expect_equal_chains(network);
    for (const auto& [id, height] : acknowledged) {
      for (const Disk& disk : network.disks_) {
        const auto found = disk.committed.find(id);
        if (disk.head.height < height) continue;
        ASSERT_NE(found, disk.committed.end());
        EXPECT_EQ(found->second, height);
      }
    }
  }
}

TEST(Engine, SurvivesLossOfAThirdOfAllMessages) {
  Network network(6);
  network.loss_percent = 33;
  std::size_t done = 0;
  for (std::size_t i = 0; i < 12; ++i) {
    network.submit(i % 4, network.patient_transaction(i % 4), [&](Result<Committed>) { ++done; });
  }
  ASSERT_TRUE(network.run_until([&] { return done == 12; }, 2'000'000));
  expect_equal_chains(network);
}

TEST(Engine, RefusesATransactionWhoseNonceIsUsed) {
  Network network(7);
  const Bytes transaction = network.patient_transaction(1);
  bool done = false;
  network.submit(1, transaction, [&](Result<Committed>) { done = true; });
  ASSERT_TRUE(network.run_until([&] { return done && network.all_at(Height{1}); }));
  std::optional<Error> error;
  network.submit(2, transaction, [&](Result<Committed> r) {
    ASSERT_FALSE(r.has_value());
    error = r.error();
  });
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::kAlreadyExists);
}

TEST(Engine, RefusesATransactionWithoutItsBodies) {
  Network network(11);
  auto transaction = ledger::decode_transaction(network.patient_transaction(1));
  ASSERT_TRUE(transaction.has_value());
  const auto& body = std::get<ledger::OperationBody>(transaction->operations[0]);
  transaction->operations[0] = ledger::operation_commitment(network.chain, 0, body);
  std::optional<Error> error;
  network.submit(1, ledger::encode(*transaction), [&](Result<Committed> r) {
    ASSERT_FALSE(r.has_value());
    error = r.error();
  });
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::kInvalidArgument);
  // From a peer it must not reach the pool either.
  auto resolved = network.nodes_[0]->resolve(ledger::encode(*transaction));
  ASSERT_TRUE(resolved.has_value());
  network.nodes_[0]->engine().receive_transactions({*resolved});
  EXPECT_EQ(network.nodes_[0]->engine().status().pool_transactions, 0U);
}

TEST(Engine, RefusesATransactionThatExpiresBeforeItCanBeProposed) {
  Network network(12);
  network.validity_ms = 3000;
  std::optional<Error> error;
  network.submit(
      1, network.patient_transaction(1), [&](Result<Committed> r) { error = r.error(); });
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::kExpired);
}

TEST(Engine, GoesOnAfterATransactionFellBelowTheNonceWindow) {
  // The late one is admitted everywhere before the far one of its lane commits and pushes it out.
  Network network(13);
  std::size_t done = 0;
  std::optional<Error> error;
  network.submit(1, network.patient_transaction(1, 5000), [&](Result<Committed>) { ++done; });
  network.submit(1, network.patient_transaction(1, 1), [&](Result<Committed> r) {
    r ? void(++done) : void(error = r.error());
  });
  ASSERT_TRUE(network.run_until([&] { return done >= 1; }));
  ASSERT_TRUE(network.run_until([&] { return done == 2 || error.has_value(); }));
  network.submit(2, network.patient_transaction(2), [&](Result<Committed> r) {
    done += r.has_value() ? 10 : 0;
  });
  EXPECT_TRUE(network.run_until([&] { return done >= 10; }));
}

TEST(Engine, WhatASuspendedMemberSignedLeavesThePoolAndNobodyIsSuspectedForIt) {
  Network network(15);
  std::optional<Error> error;
  const Bytes transaction = network.patient_transaction(1);
  for (const std::size_t node : {1U, 2U}) {
    network.submit(node, transaction, [&](Result<Committed> r) {
      if (!r) error = r.error();
    });
  }
  const auto key = ledger::StateKey::main(ledger::KeyKind::kOrganisation, network.hospitals[1].id);
  for (Disk& disk : network.disks_) {
    auto entry = execution::OrganisationEntry::load(disk.state, network.hospitals[1].id);
    entry->active = false;
    disk.state.put(key, entry->encode());
  }
  ASSERT_TRUE(network.run_until([&] { return error.has_value(); }));
  EXPECT_EQ(error->code, ErrorCode::kPermissionDenied);
  network.run_ticks(1000);
  for (const auto& node : network.nodes_) {
    EXPECT_EQ(node->engine().status().view, View{0});
    EXPECT_EQ(node->engine().status().pool_transactions, 0U);
  }
}

/// A hospital's signing key, at its place.
struct PlacedKey {
  crypto::PrivateKey key;
  std::uint16_t place = 0;
};

Bytes rotation(Network& network,
               std::size_t by,
               const PlacedKey& from,
               const PlacedKey& to,
               std::uint64_t nonce) {
  const AccountId& id = network.hospitals[by].id;
  ledger::RotateKey operation;
  operation.organisation = id;
  operation.use = ledger::KeyUse::kSigning;
  operation.key = {to.key.public_key(), to.place, from.key.public_key(), {}};
  operation.key.possession =
      to.key.sign(ledger::possession_statement(ledger::KeyUse::kSigning, id, to.key.public_key()));
  ledger::TransactionBuilder builder(network.chain, id, from.place, network.random);
  builder.add(operation);
  const auto header = builder.header({0, nonce}, TimeMs{network.time_ms + network.validity_ms});
  const Signature signature = from.key.sign(ledger::signing_bytes(header));
  return ledger::encode(std::move(builder).finish(header, signature));
}

TEST(Engine, WhatWaitsUnderAKeysPlaceGoesWhenAnotherKeyGetsIt) {
  Network network(32);
  const PlacedKey first{network.hospitals[1].signing, 0};
  const PlacedKey second{crypto::PrivateKey::generate(), 1};
  const PlacedKey third{crypto::PrivateKey::generate(), 0};
  // Only a backup has it, as a peer's: it is committed by nobody yet.
  const auto waiting = network.nodes_[2]->resolve(network.patient_transaction(1, 50));
  ASSERT_TRUE(waiting);
  network.nodes_[2]->engine().receive_transactions({*waiting});
  const std::vector<std::pair<PlacedKey, PlacedKey>> steps = {{first, second}, {second, third}};
  for (std::uint64_t i = 0; i < steps.size(); ++i) {
    network.run_ticks(2);  // the clock has passed the parent's time: a block is built at once
    network.submit(0, rotation(network, 1, steps[i].first, steps[i].second, 60 + i));
    ASSERT_TRUE(network.run_until([&] { return network.all_at(Height{i + 1}); }));
    if (i == 0) {
      ASSERT_EQ(network.nodes_[2]->engine().status().pool_transactions, 1U)
          << "not looked through yet";
    }
  }
  const auto entry =
      execution::OrganisationEntry::load(network.disks_[2].state, network.hospitals[1].id);
  ASSERT_EQ(entry->signing_keys.size(), 2U);
  ASSERT_EQ(entry->signing_keys[0], third.key.public_key()) << "both rotations took effect";
  for (const auto& node : network.nodes_) EXPECT_EQ(node->engine().status().pool_transactions, 0U);
  network.run_ticks(1000);
  for (const auto& node : network.nodes_) EXPECT_EQ(node->engine().status().view, View{0});
}

/// A patient who keeps his keys, and what hospital 1 and he put onto the chain about him.
struct Known {
  explicit Known(Network& consortium) : network(consortium) {
    registration.seed = network.random.next<Random32>();
    registration.patient =
        ledger::patient_id(network.chain, network.hospitals[1].id, registration.seed);
    registration.signing_key = key.public_key();
    registration.agreement_key = agreement.public_key();
    registration.held_by = ledger::KeyHolder::kPatient;
    registration.signing_possession = possession(ledger::KeyUse::kSigning, key);
    registration.agreement_possession = possession(ledger::KeyUse::kAgreement, agreement);
  }

  [[nodiscard]] Signature possession(ledger::KeyUse use, const crypto::PrivateKey& of) const {
    const auto account = id_cast<AccountId>(registration.patient);
    return of.sign(ledger::possession_statement(use, account, of.public_key()));
  }

  [[nodiscard]] ledger::Authorisation by_patient(const ledger::Operation& operation) const {
    ledger::Authorisation given;
    given.role = ledger::AuthorisationRole::kPatient;
    given.account = id_cast<AccountId>(registration.patient);
    given.sequence = 1;
    given.not_after = TimeMs{kMaxCounter};
    given.signature = key.sign(ledger::authorisation_statement(network.chain,
                                                               given,
                                                               registration.patient,
                                                               ledger::type_of(operation),
                                                               ledger::encode(operation)));
    return given;
  }

  [[nodiscard]] Bytes transaction(const ledger::Operation& operation,
                                  std::uint64_t nonce,
                                  std::vector<ledger::Authorisation> given = {}) const {
    ledger::TransactionBuilder builder(network.chain, network.hospitals[1].id, 0, network.random);
    builder.add(operation, std::move(given));
    const auto header = builder.header({0, nonce}, TimeMs{network.time_ms + network.validity_ms});
    const auto& signing = network.hospitals[1].signing;
    return ledger::encode(
        std::move(builder).finish(header, signing.sign(ledger::signing_bytes(header))));
  }

  Network& network;
  crypto::PrivateKey key = crypto::PrivateKey::generate();
  crypto::PrivateKey agreement = crypto::PrivateKey::generate();
  ledger::RegisterPatient registration;
};

/// PRIVACY.md 16: pool and pending bodies obey an erasure; what his log takes stays.
TEST(Engine, WhatWaitsAboutAnErasedPatientLeavesThePool) {
  Network network(33);
  const Known known(network);
  const PatientId patient = known.registration.patient;
  ledger::RequestErasure request;
  request.seed = network.random.next<Random32>();
  request.request = ledger::erasure_id(network.chain, network.hospitals[1].id, request.seed);
  request.patient = patient;
  ledger::ErasePatient order;
  order.request = request.request;
  order.path = ledger::subject_path(patient);
  const std::uint64_t retention = network.genesis.parameters.min_audit_retention_ms;
  order.audit_until = TimeMs{network.time_ms + 2 * retention};
  const Bytes steps[] = {known.transaction(known.registration, 60),
                         known.transaction(request, 61, {known.by_patient(request)}),
                         known.transaction(order, 62)};

  ledger::RevokeAccess revocation;
  revocation.patient = patient;
  ledger::LogAccess access;
  access.request.patient = patient;
  access.request.records = {RecordId{}};
  access.request.purpose = "TREAT";
  access.request.expiry = TimeMs{network.time_ms};
  std::vector<VerifiedTransactionPtr> waiting;
  for (const Bytes& bytes : {known.transaction(revocation, 50, {known.by_patient(revocation)}),
                             known.transaction(access, 51, {known.by_patient(access)})}) {
    const auto resolved = network.nodes_[2]->resolve(bytes);
    ASSERT_TRUE(resolved) << resolved.error().message;
    waiting.push_back(*resolved);
  }
  std::optional<Error> told;
  ASSERT_TRUE(network.nodes_[2]->engine().submit(waiting[0], [&told](Result<Committed> result) {
    if (!result) told = result.error();
  }));
  network.nodes_[2]->engine().receive_transactions({waiting[1]});
  network.hides = [](std::size_t, const Bytes&) { return true; };  // no other node takes it
  for (std::uint64_t i = 0; i < std::size(steps); ++i) {
    network.run_ticks(2);
    network.submit(0, steps[i]);
    ASSERT_TRUE(network.run_until([&] { return network.all_at(Height{i + 1}); }));
  }
  const auto gone = ledger::Tombstone::key(order.path);
  ASSERT_TRUE(network.disks_[2].state.get(gone)) << "the order took effect";
  EXPECT_EQ(network.nodes_[2]->engine().status().pool_transactions, 1U) << "the log's entry";
  ASSERT_TRUE(told);
  EXPECT_NE(told->message.find("erased"), std::string::npos) << told->message;
}

TEST(Engine, WhatThePrimaryMayNotHaveIsForwardedBeforeItIsSuspected) {
  // A member that gives its transactions to backups alone would have every primary replaced.
  Network network(16);
  const Bytes transaction = network.patient_transaction(3);
  for (const std::size_t node : {1U, 2U}) {
    const auto resolved = network.nodes_[node]->resolve(transaction);
    ASSERT_TRUE(resolved);
    network.nodes_[node]->engine().receive_transactions({*resolved});
  }
  ASSERT_TRUE(network.run_until([&] { return network.all_at(Height{1}); }));
  for (const auto& node : network.nodes_) EXPECT_EQ(node->engine().status().view, View{0});
}

TEST(Engine, ManyThatThePrimaryMayNotHaveAreForwardedOneAfterTheOther) {
  Network network(17);
  std::vector<VerifiedTransactionPtr> many;
  for (std::size_t i = 0; i < 60; ++i) {
    const auto resolved = network.nodes_[1]->resolve(network.patient_transaction(3));
    ASSERT_TRUE(resolved);
    many.push_back(*resolved);
  }
  std::size_t largest = 0;
  network.tampers =
      [&](ValidatorIndex, ValidatorIndex to, Channel channel, SharedBytes bytes, std::uint64_t&) {
        if (to == ValidatorIndex{0} && channel == Channel::kBulk) {
          const auto message = decode_bulk_message(*bytes);
          if (message && std::holds_alternative<TransactionBatch>(*message))
            largest = std::max(largest, std::get<TransactionBatch>(*message).transactions.size());
        }
        return bytes;
      };
  for (const std::size_t node : {1U, 2U}) network.nodes_[node]->engine().receive_transactions(many);
  const auto all_are_committed = [&] {
    return network.nodes_[0]->engine().status().committed_transactions == many.size();
  };
  ASSERT_TRUE(network.run_until(all_are_committed));
  EXPECT_EQ(largest, 16U);
  for (const auto& node : network.nodes_) EXPECT_EQ(node->engine().status().view, View{0});
}

TEST(Engine, FinalityNeedsCommitsForThisVeryBlock) {
  const pbft::BlockInfo block{BlockHash{{1}}, Height{7}, BlockHash{{2}}, Epoch{0}, View{3}};
  ledger::Certificate certificate;
  certificate.subject = {Epoch{0}, ledger::VoteType::kCommit, View{3}, Height{7}, BlockHash{{1}}};
  EXPECT_TRUE(makes_final(certificate, block));
  const auto broken = [&](auto change) {
    ledger::Certificate other = certificate;
    change(other.subject);
    return !makes_final(other, block);
  };
  EXPECT_TRUE(broken([](ledger::VoteSubject& s) { s.type = ledger::VoteType::kPrepare; }));
  EXPECT_TRUE(broken([](ledger::VoteSubject& s) { s.height = Height{8}; }));
  EXPECT_TRUE(broken([](ledger::VoteSubject& s) { s.block = BlockHash{{2}}; }));
  EXPECT_TRUE(broken([](ledger::VoteSubject& s) { s.epoch = Epoch{1}; }));
}

TEST(Engine, LooksAtNoSyncedBlockThatNobodyAskedFor) {
  Network network(14);
  network.crash(3);
  bool done = false;
  network.submit(
      0, network.patient_transaction(0), [&](Result<Committed> r) { done = r.has_value(); });
  ASSERT_TRUE(network.run_until([&] { return done; }));
  network.restart(3);
  Node& node = *network.nodes_[3];
  EXPECT_FALSE(node.engine().begin_reply(ValidatorIndex{0}, Height{1}, 1));
  EXPECT_EQ(network.height(3), Height{0});
  ASSERT_TRUE(network.run_until([&] { return network.all_at(Height{1}); }));
}

TEST(Engine, AnswersEveryWaiterOfOneTransaction) {
  Network network(8);
  const Bytes transaction = network.patient_transaction(1);
  std::size_t answers = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    network.submit(1, transaction, [&](Result<Committed> r) { answers += r.has_value() ? 1 : 0; });
  }
  ASSERT_TRUE(network.run_until([&] { return answers == 3; }));
}

TEST(Engine, AmnesiaFoundWhileRunningOutlivesARestart) {
  Network network(15);
  // A vote this key signed that its journal does not know: a second process, or a journal set back.
  pbft::Vote vote{{Epoch{0}, ledger::VoteType::kPrepare, View{0}, Height{1}, BlockHash{{9}}},
                  ValidatorIndex{3},
                  {}};
  vote.signature =
      network.hospitals[3].consensus.sign(ledger::vote_statement(network.chain, vote.subject));
  network.nodes_[3]->receive(
      ValidatorIndex{1}, Channel::kConsensus, pbft::encode(pbft::Message(vote)));
  EXPECT_TRUE(network.nodes_[3]->engine().status().amnesia);
  network.crash(3);
  network.restart(3);
  EXPECT_TRUE(network.nodes_[3]->engine().status().amnesia);
  bool done = false;
  network.submit(
      3, network.patient_transaction(3), [&](Result<Committed> r) { done = r.has_value(); });
  ASSERT_TRUE(network.run_until([&] { return done; })) << "it follows all the same";
  EXPECT_FALSE(network.nodes_[3]->engine().status().may_vote);
}

/// Bulk messages that tell of transactions, by what `tampers` sees.
std::size_t tells(Channel channel, const Bytes& bytes) {
  if (channel != Channel::kBulk) return 0;
  const auto message = decode_bulk_message(bytes);
  if (!message) return 0;
  const auto* batch = std::get_if<TransactionBatch>(&*message);
  return batch == nullptr ? 0 : batch->transactions.size();
}

TEST(Engine, APrimaryTellsOfItsClientsTransactionByProposingIt) {
  Network network(16);
  network.run_ticks(20);  // before, a node may not vote (rule 25)
  std::size_t told = 0;
  network.tampers =
      [&](ValidatorIndex, ValidatorIndex, Channel channel, SharedBytes bytes, std::uint64_t&) {
        told += tells(channel, *bytes);
        return bytes;
      };
  std::size_t done = 0;
  network.submit(0, network.patient_transaction(0), [&](Result<Committed> r) {
    done += r.has_value() ? 1 : 0;
  });
  ASSERT_TRUE(network.run_until([&] { return done == 1 && network.all_at(Height{1}); }));
  EXPECT_EQ(told, 0U);
  network.submit(1, network.patient_transaction(1), [&](Result<Committed> r) {
    done += r.has_value() ? 1 : 0;
  });
  ASSERT_TRUE(network.run_until([&] { return done == 2 && network.all_at(Height{2}); }));
  EXPECT_EQ(told, 3U) << "a backup tells everybody";
  // What comes while a block is under way cannot be in it.
  network.run_ticks(2);  // a block is later than its parent
  told = 0;
  network.submit(0, network.patient_transaction(0));
  network.submit(0, network.patient_transaction(0), [&](Result<Committed> r) {
    done += r.has_value() ? 1 : 0;
  });
  ASSERT_TRUE(network.run_until([&] { return done == 3; }));
  EXPECT_EQ(told, 3U);
}

TEST(Engine, WhatAFullProposalLeavesOutIsToldToAll) {
  NetworkSetup setup;
  setup.max_block_transactions = 1;
  Network network(18, 4, setup);
  network.run_ticks(20);
  bool first = false;
  network.submit(
      0, network.patient_transaction(0), [&](Result<Committed> r) { first = r.has_value(); });
  ASSERT_TRUE(network.run_until([&] { return first && network.all_at(Height{1}); }));
  // In the head's own millisecond nothing can be proposed: both wait, and nobody was told yet.
  network.time_ms = network.disks_[0].head.time.value;
  Node& primary = *network.nodes_[0];
  for (int i = 0; i < 2; ++i) {
    const auto transaction = primary.resolve(network.patient_transaction(0));
    ASSERT_TRUE(transaction.has_value());
    ASSERT_TRUE(primary.engine().submit(*transaction, {}));
  }
  network.time_ms += 2 * pbft::kTickMs;
  std::size_t told = 0;
  network.tampers =
      [&](ValidatorIndex, ValidatorIndex, Channel channel, SharedBytes bytes, std::uint64_t&) {
        told += tells(channel, *bytes);
        return bytes;
      };
  primary.engine().receive_transactions(
      {}, std::nullopt);  // asks for a proposal, as a peer's batch does
  primary.engine().flush();
  ASSERT_TRUE(network.run_until([&] { return network.all_at(Height{2}); }));
  EXPECT_EQ(told, 3U) << "the second one, to three others";
}

TEST(Engine, APrimaryWhoseProposalIsLostTellsOfItsTransactions) {
  Network network(17);
  std::size_t told = 0;
  network.tampers =
      [&](ValidatorIndex from, ValidatorIndex, Channel channel, SharedBytes bytes, std::uint64_t&) {
        told += tells(channel, *bytes);
        const bool lost = from == ValidatorIndex{0} && channel == Channel::kConsensus;
        return lost ? nullptr : bytes;
      };
  bool done = false;
  network.submit(0, network.patient_transaction(0), [&](Result<Committed>) { done = true; });
  ASSERT_TRUE(network.run_until([&] { return network.height(1) == Height{1}; }))
      << "by another primary";
  EXPECT_GE(told, 3U);
  network.tampers = {};
  ASSERT_TRUE(network.run_until([&] { return done; }));
}

TEST(Engine, TellsTheClientWhenATransactionExpires) {
  Network network(9);
  for (std::size_t i = 1; i < 4; ++i) network.crash(i);
  std::optional<Error> error;
  network.submit(0, network.patient_transaction(0), [&](Result<Committed> r) {
    ASSERT_FALSE(r.has_value());
    error = r.error();
  });
  network.time_ms += 400'000;
  ASSERT_TRUE(network.run_until([&] { return error.has_value(); }));
  EXPECT_EQ(error->code, ErrorCode::kExpired);
}

TEST(Engine, AClockThatIsWrongShowsInTheStatusOfEverybody) {
  Network network(31);
  network.clock_ahead_ms[0] = 90'000;
  network.submit(1, network.patient_transaction(1));
  ASSERT_TRUE(network.run_until([&] { return network.all_at(Height{1}); }));
  const EngineStatus other = network.nodes_[2]->engine().status();
  EXPECT_EQ(other.untimely_proposals, 1U) << "that of node 0, primary of view 0";
  EXPECT_LT(other.proposal_skew_ms, 1000) << "node 1 proposed next";
  const EngineStatus own = network.nodes_[0]->engine().status();
  EXPECT_EQ(own.untimely_proposals, 1U) << "to node 0 the others are late";
  EXPECT_LE(own.proposal_skew_ms, -89'000);
}

}  // namespace
}  // namespace galen::engine::test
