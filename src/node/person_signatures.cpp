#include "node/person_signatures.h"

#include "crypto/keys.h"
#include "engine/signature_memo.h"
#include "modules/identity/authorities.h"
#include "node/strand.h"

#include <variant>

namespace galen::node {
namespace {

void try_signature(const PublicKey& key,
                   BytesView message,
                   const Signature& signature,
                   std::vector<Digest>& verified) {
  if (crypto::verify(key, message, signature))
    verified.push_back(engine::memo_key(key, message, signature));
  TaskThreads::note_signature();
}

/// Every proof of possession in an operation, for the account it is about.
class Possessions {
 public:
  explicit Possessions(std::vector<Digest>& verified) : verified_(verified) {}

  void operator()(const ledger::RegisterPatient& o) { both(id_cast<AccountId>(o.patient), o); }

  void operator()(const ledger::RegisterPractitioner& o) { both(o.practitioner, o); }

  void operator()(const ledger::AuthorizeProxy& o) { both(o.proxy, o.keys); }

  void operator()(const ledger::RequestRecovery& o) { both(o.account, o.keys); }

  void operator()(const ledger::RotateKey& o) {
    one(o.use, o.organisation, o.key.key, o.key.possession);
  }

  void operator()(const ledger::RotatePersonKey& o) {
    if (o.signing) one(KeyUse::kSigning, o.account, o.signing->key, o.signing->possession);
    if (o.agreement) one(KeyUse::kAgreement, o.account, o.agreement->key, o.agreement->possession);
  }

  void operator()(const ledger::SetRecovery& o) {
    for (const ledger::Guardian& g : o.guardians) {
      if (g.key) one(KeyUse::kSigning, g.account, g.key->key, g.key->possession);
    }
  }

  template <class T>
  void operator()(const T&) {}

 private:
  using KeyUse = ledger::KeyUse;

  void one(KeyUse use, const AccountId& account, const PublicKey& key, const Signature& signature) {
    try_signature(key, ledger::possession_statement(use, account, key), signature, verified_);
  }

  template <class Keys>
  void both(const AccountId& account, const Keys& keys) {
    one(KeyUse::kSigning, account, keys.signing_key, keys.signing_possession);
    one(KeyUse::kAgreement, account, keys.agreement_key, keys.agreement_possession);
  }

  std::vector<Digest>& verified_;
};

/// Registrations and changes of keys carry them.
bool has_possessions(ledger::OperationType type) {
  using ledger::OperationType;
  switch (type) {
    case OperationType::kRegisterPatient:
    case OperationType::kRegisterPractitioner:
    case OperationType::kAuthorizeProxy:
    case OperationType::kRequestRecovery:
    case OperationType::kRotateKey:
    case OperationType::kRotatePersonKey:
    case OperationType::kSetRecovery: return true;
    default: return false;
  }
}

}  // namespace

bool needs_person_signatures(const ledger::DecodedTransaction& transaction) {
  for (std::size_t i = 0; i < transaction.operations.size(); ++i) {
    const auto& body = std::get<ledger::OperationBody>(transaction.transaction.operations[i]);
    if (!body.authorisations.empty() || has_possessions(transaction.operations[i].type))
      return true;
  }
  return false;
}

void verify_person_signatures(const ledger::DecodedTransaction& transaction,
                              const execution::StateReader& state,
                              std::vector<Digest>& verified) {
  for (std::size_t i = 0; i < transaction.operations.size(); ++i) {
    const ledger::DecodedOperation& operation = transaction.operations[i];
    const auto& body = std::get<ledger::OperationBody>(transaction.transaction.operations[i]);
    std::visit(Possessions(verified), operation.value);
    for (const ledger::Authorisation& authorisation : body.authorisations) {
      const auto keys = identity::signing_keys_of(state, operation.subject, authorisation);
      if (!keys || authorisation.key_index >= keys->size()) continue;
      const Bytes statement = ledger::authorisation_statement(transaction.transaction.header.chain,
                                                              authorisation,
                                                              operation.subject,
                                                              operation.type,
                                                              body.operation);
      try_signature((*keys)[authorisation.key_index], statement, authorisation.signature, verified);
    }
  }
}

}  // namespace galen::node
