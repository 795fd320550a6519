#include "rpc/label_obligations.h"

#include <algorithm>
#include <set>
#include <utility>

namespace galen::rpc {

std::vector<std::string> label_obligations(const Backend& backend,
                                           const ledger::Parameters& parameters,
                                           const PatientId& patient,
                                           const policy::LabelTags& tags) {
  const auto key = backend.label_key(patient, tags.key_id);
  const auto may_have = [&](const std::string& label) {
    return !key ||
           std::find(tags.tags.begin(), tags.tags.end(), key->tag(label)) != tags.tags.end();
  };
  std::set<std::string> found;
  for (const ledger::LabelObligation& row : parameters.label_obligations) {
    if (may_have(row.label)) found.insert(row.obligation);
  }
  return {found.begin(), found.end()};
}

policy::Decision with_label_obligations(const Backend& backend,
                                        const ledger::Parameters& parameters,
                                        const PatientId& patient,
                                        policy::Decision decision) {
  if (!decision.label_tags) return decision;
  auto all = label_obligations(backend, parameters, patient, *decision.label_tags);
  all.insert(all.end(), decision.obligations.begin(), decision.obligations.end());
  decision.obligations = std::move(all);
  return decision;
}

}  // namespace galen::rpc
