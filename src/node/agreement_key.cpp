#include "node/agreement_key.h"

#include "base/hex.h"
#include "execution/executor.h"
#include "telemetry/log.h"

namespace galen::node {

void check_agreement_key(const storage::Database& database, const NodeMaterial& material) {
  const auto key = ledger::StateKey::main(ledger::KeyKind::kOrganisation, material.organisation);
  const auto value = database.get(key);
  if (!value) return;
  const auto entry = execution::OrganisationEntry::decode(*value);
  if (!entry || has_key(material.agreement_keys, entry->agreement_key)) return;
  telemetry::log(
      telemetry::Level::kError,
      "node",
      "node.agreement_key: the ledger has another one registered; no record can be stored "
      "here until it is configured, the present one in node.earlier_agreement_keys",
      {{"registered", to_hex(entry->agreement_key)}});
}

}  // namespace galen::node
