// FHIR Consents brought to the ledger. Values as in types.h. Thread rule: values.
#pragma once

#include "galen/decisions.h"
#include "galen/types.h"

#include <optional>
#include <string>
#include <vector>

namespace galen::client {

/// A FHIR R4 Consent to be signed as grants and denials (docs/consent.md).
struct ImportOptions {
  std::string consent;  ///< the JSON text
  std::string patient;
  std::string until;     ///< end of permits that name none; empty = +365d
  std::string key_file;  ///< the patient's signing key, when he holds it himself
  LabelOptions labels_as;
  bool acknowledge_shadowed = false;
  bool dry_run = false;  ///< nothing is signed; says what would change for whom
};

/// What is to be said about one element, with FHIR's codes.
struct ImportIssue {
  std::string severity;  ///< error, warning, information
  std::string code;
  std::string location;  ///< e.g. "Consent.provision.purpose[0]"
  std::string diagnostics;
};

/// Without `grants` the consent was refused: the issues say why.
struct ImportResult {
  std::vector<GrantView> grants;        ///< their ids are empty when nothing was signed
  std::vector<std::string> supersedes;  ///< grants that end with these
  std::vector<ImportIssue> issues;
  std::string operation_outcome;  ///< the issues as a FHIR OperationOutcome; empty without any
  std::optional<SimulateView> effects;  ///< of a dry run
  std::optional<Committed> committed;
};

}  // namespace galen::client
