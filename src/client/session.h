// What every call of the client library needs: the profile's keys and genesis, the nodes with
// fail-over, nonces, and the way of a transaction from operation to receipt.
// Thread rule: one thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "client/labels.h"
#include "client/node_api.h"
#include "client/people.h"
#include "client/profile.h"
#include "crypto/keys.h"
#include "ledger/genesis.h"
#include "ledger/transaction.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace galen::client {

struct SessionOptions {
  std::chrono::milliseconds timeout{30'000};
  std::string node;                                   ///< asked first; empty = own
  std::optional<std::uint16_t> lane;                  ///< default: random
  std::function<void(const std::string&)> note = {};  ///< told of a node that was passed over
};

/// A committed transaction.
struct Receipted {
  TxId id;
  Height height;
  BlockHash block;
  bool ok = false;
  std::vector<ledger::OperationResult> results;
};

/// An operation with the signatures that authorise it.
struct Authorised {
  ledger::Operation operation;
  std::vector<ledger::Authorisation> authorisations;
};

class Session {
 public:
  /// kConfig when a file, key or name of the profile does not fit the others.
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(const std::string& profile,
                                                             const SessionOptions& options);

  [[nodiscard]] const ledger::Genesis& genesis() const { return genesis_; }

  [[nodiscard]] const ChainId& chain() const { return chain_; }

  [[nodiscard]] const ledger::GenesisOrganisation& organisation() const { return *organisation_; }

  [[nodiscard]] const PeopleDirectory& people() const { return people_; }

  [[nodiscard]] LabelBook& labels() { return labels_; }

  /// Where the client keeps declarations and receipts of emergencies until they are on the chain.
  [[nodiscard]] std::string emergency_directory() const;

  /// For one call, retries included; returns what it was.
  std::chrono::milliseconds set_timeout(std::chrono::milliseconds timeout) {
    return std::exchange(options_.timeout, timeout);
  }

  [[nodiscard]] RandomSource& random() { return random_; }

  [[nodiscard]] const std::vector<std::unique_ptr<NodeApi>>& nodes() const { return nodes_; }

  [[nodiscard]] TimeMs now() const;
  /// End of the call that starts now.
  [[nodiscard]] Deadline deadline() const;

  /// nullptr when it is not a member by the genesis file.
  [[nodiscard]] const ledger::GenesisOrganisation* find_organisation(const std::string& name) const;
  [[nodiscard]] const ledger::GenesisOrganisation* find_organisation(const AccountId& id) const;
  /// The organisation's name, or its id in hexadecimal.
  [[nodiscard]] std::string organisation_name(const AccountId& id) const;
  /// Whether the node belongs to this client's organisation: others' answers are checked.
  [[nodiscard]] bool is_own(const NodeApi& node) const;
  /// The organisation's own node. kNotFound when the profile does not list it.
  [[nodiscard]] Result<NodeApi*> node_of(const AccountId& organisation) const;

  /// Asks nodes in order until one answers with anything but kUnavailable or kDeadlineExceeded.
  /// When none does, the error names the one asked last.
  template <class Call>
  auto ask(Call&& call) -> decltype(call(std::declval<NodeApi&>(), Deadline())) {
    const Deadline until = deadline();
    std::size_t asked = 0;
    auto answer = call(*nodes_.front(), attempt_deadline(until));
    while (!answer && is_transient(answer.error()) && asked + 1 < nodes_.size()) {
      pass_over(*nodes_[asked], answer.error());
      answer = call(*nodes_[++asked], attempt_deadline(until));
    }
    if (!answer && is_transient(answer.error())) {
      silent_.clear();
      return fail_in(place_of(*nodes_[asked]), answer.error());
    }
    tell_silent(*nodes_[asked]);
    return answer;
  }

  /// As ask() at the head, `height` 0. What was in the past nobody can prove: of another
  /// organisation's node it would not be believed, so the own one alone is asked.
  template <class Call>
  auto ask_at(std::uint64_t height, Call&& call)
      -> decltype(call(std::declval<NodeApi&>(), Deadline())) {
    if (height == 0) return ask(call);
    GALEN_TRY(NodeApi * own, node_of(organisation_->id));
    return call(*own, deadline());
  }

  /// The organisation's own signing key and its index on the chain.
  [[nodiscard]] const crypto::PrivateKey& signing_key() const { return *signing_key_; }

  [[nodiscard]] std::uint16_t signing_index() const { return signing_index_; }

  /// Signs operations into one transaction with the given nonce.
  [[nodiscard]] ledger::Transaction sign(const std::vector<Authorised>& operations,
                                         ledger::Nonce nonce);

  /// Signs, submits and waits for the commit; the same bytes are sent again while no node answers.
  /// A receipt that is not ok is a value. What a node of another organisation says is checked
  /// against a proof. kUnavailable, kDeadlineExceeded, kCorrupt, or the node's refusal.
  [[nodiscard]] Result<Receipted> transact(const std::vector<Authorised>& operations);

  /// As transact for one operation; a rejected one is kFailedPrecondition naming the result code.
  [[nodiscard]] Result<Receipted> transact_one(const Authorised& operation);

  [[nodiscard]] static bool is_transient(const Error& error) {
    return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kDeadlineExceeded;
  }

 private:
  Session(Profile profile, const SessionOptions& options);

  /// "the node of hospital-1 (127.0.0.1:7101)".
  [[nodiscard]] static std::string place_of(const NodeApi& node);
  /// Nobody renews a certificate by itself: of one that ends soon every call tells.
  void tell_ends(const std::string& path, std::string_view pem) const;
  /// It does not answer and another one is asked.
  void pass_over(const NodeApi& node, const Error& error);
  /// `answered` did: whoever else did not is told of, once.
  void tell_silent(const NodeApi& answered);
  [[nodiscard]] Status load();
  [[nodiscard]] Status load_labels();
  [[nodiscard]] Status connect();
  [[nodiscard]] Deadline attempt_deadline(Deadline until) const;
  [[nodiscard]] Result<ledger::Nonce> next_nonce();
  [[nodiscard]] Result<Receipted> submit(const ledger::Transaction& transaction, bool& was_sent);
  [[nodiscard]] Result<Receipted> look_up(const ledger::Transaction& transaction);
  [[nodiscard]] Result<Receipted> confirm(NodeApi& node,
                                          const ledger::Transaction& transaction,
                                          Receipted told);

  Profile profile_;
  SessionOptions options_;
  std::map<std::string, std::string> silent_;  ///< line for each, by organisation, in this call
  std::set<std::string> told_;                 ///< organisations whose node was told of
  ledger::Genesis genesis_;
  ChainId chain_;
  const ledger::GenesisOrganisation* organisation_ = nullptr;
  std::optional<crypto::PrivateKey> signing_key_;
  std::uint16_t signing_index_ = 0;
  net::TlsIdentity identity_;
  PeopleDirectory people_;
  LabelBook labels_;
  crypto::OsRandom random_;
  std::vector<std::unique_ptr<NodeApi>> nodes_;
  std::uint16_t lane_ = 0;
  std::uint64_t next_sequence_ = 0;  ///< 0 = ask
};

}  // namespace galen::client
