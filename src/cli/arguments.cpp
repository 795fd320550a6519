#include "cli/arguments.h"

#include "cli/answer.h"
#include "cli/grammar.h"

#include <exception>

namespace galen::cli {

namespace {

constexpr const char* kAbout = "galen: hospitals share health records under the patient's consent";

constexpr const char* kExitCodes =
    "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 profile, key or genesis file; 4 not found or "
    "not\n"
    "permitted; 5 refused by the ledger; 6 no node answered in time; 7 a proof or a hash does not "
    "verify.\n"
    "Results go to standard output, messages to standard error. docs/cli.md describes everything.";

}  // namespace

int run(int argc, char** argv) {
  try {
    Grammar grammar(kAbout, "galen", kExitCodes);
    // In the order of `galen --help`.
    add_network_verbs(grammar);
    add_people_verbs(grammar);
    add_export_verbs(grammar);
    add_identity_verbs(grammar);
    add_label_verbs(grammar);
    add_record_verbs(grammar);
    add_version_verbs(grammar);
    add_consent_verbs(grammar);
    add_decision_verbs(grammar);
    add_group_verbs(grammar);
    add_audit_verbs(grammar);
    add_ledger_verbs(grammar);
    add_event_verbs(grammar);
    add_proof_verbs(grammar);
    add_evidence_verbs(grammar);
    add_emergency_verbs(grammar);
    add_erasure_verbs(grammar);
    add_tool_verbs(grammar);
    return grammar.run(argc, argv);
  } catch (const std::exception& error) {
    return report({client::FailureKind::kGeneral, error.what(), "", "please report this"});
  }
}

}  // namespace galen::cli
