#include "node/person_signatures.h"

#include <variant>

#include "crypto/keys.h"
#include "engine/signature_memo.h"
#include "execution/executor.h"
#include "modules/identity/people.h"
#include "node/strand.h"

namespace galen::node {
namespace {

void try_signature(const PublicKey& key, BytesView message, const Signature& signature,
                   std::vector<Digest>& verified) {
  if (crypto::verify(key, message, signature)) verified.push_back(engine::memo_key(key, message, signature));
  TaskThreads::note_signature();
}

/// Keys of whoever authorises; empty when unknown here.
std::vector<PublicKey> keys_of(const ledger::Authorisation& authorisation, const PatientId& subject,
                               const execution::StateReader& state) {
  if (authorisation.role == ledger::AuthorisationRole::kCustodian ||
      authorisation.role == ledger::AuthorisationRole::kOrganisation) {
    const auto entry = execution::OrganisationEntry::load(state, authorisation.account);
    return entry ? entry->signing_keys : std::vector<PublicKey>{};
  }
  if (authorisation.account == id_cast<AccountId>(subject)) {
    const auto entry = identity::PatientEntry::load(state, subject);
    return entry ? entry->signing_keys : std::vector<PublicKey>{};
  }
  const auto entry = identity::PractitionerEntry::load(state, authorisation.account);
  return entry ? entry->signing_keys : std::vector<PublicKey>{};
}

void verify_possessions(const ledger::Operation& operation, std::vector<Digest>& verified) {
  using ledger::KeyUse;
  const auto possession = [&](KeyUse use, const AccountId& account, const PublicKey& key, const Signature& signature) {
    try_signature(key, ledger::possession_statement(use, account, key), signature, verified);
  };
  const auto both = [&](const AccountId& account, const auto& registration) {
    possession(KeyUse::kSigning, account, registration.signing_key, registration.signing_possession);
    possession(KeyUse::kAgreement, account, registration.agreement_key, registration.agreement_possession);
  };
  if (const auto* patient = std::get_if<ledger::RegisterPatient>(&operation)) {
    both(id_cast<AccountId>(patient->patient), *patient);
  } else if (const auto* practitioner = std::get_if<ledger::RegisterPractitioner>(&operation)) {
    both(practitioner->practitioner, *practitioner);
  }
}

}  // namespace

bool needs_person_signatures(const ledger::DecodedTransaction& transaction) {
  for (std::size_t i = 0; i < transaction.operations.size(); ++i) {
    const auto& body = std::get<ledger::OperationBody>(transaction.transaction.operations[i]);
    const ledger::OperationType type = transaction.operations[i].type;
    if (!body.authorisations.empty() || type == ledger::OperationType::kRegisterPatient ||
        type == ledger::OperationType::kRegisterPractitioner) {
      return true;
    }
  }
  return false;
}

void verify_person_signatures(const ledger::DecodedTransaction& transaction, const execution::StateReader& state,
                              std::vector<Digest>& verified) {
  for (std::size_t i = 0; i < transaction.operations.size(); ++i) {
    const ledger::DecodedOperation& operation = transaction.operations[i];
    const auto& body = std::get<ledger::OperationBody>(transaction.transaction.operations[i]);
    verify_possessions(operation.value, verified);
    for (const ledger::Authorisation& authorisation : body.authorisations) {
      const std::vector<PublicKey> keys = keys_of(authorisation, operation.subject, state);
      if (authorisation.key_index >= keys.size()) continue;
      const Bytes statement = ledger::authorisation_statement(transaction.transaction.header.chain, authorisation,
                                                              operation.subject, operation.type, body.operation);
      try_signature(keys[authorisation.key_index], statement, authorisation.signature, verified);
    }
  }
}

}  // namespace galen::node
