#include "node/opened_directory.h"

#include "base/hex.h"
#include "execution/executor.h"
#include "node/config/check_config.h"
#include "telemetry/log.h"

namespace galen::node {

Status check_fail_stop(const storage::Database& database) {
  GALEN_TRY(const auto bundle, database.fail_stop());
  if (!bundle) return {};
  return fail(ErrorCode::kFailedPrecondition,
              bundle->string() +
                  ": this node stopped for good; it starts again when that is understood and the "
                  "file is gone (docs/operations.md, \"Exit code 11\")");
}

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
