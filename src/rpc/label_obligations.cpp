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
  if (!key) return {};
  std::set<std::string> found;
  for (const ledger::LabelObligation& row : parameters.label_obligations) {
    const std::string tag = key->tag(row.label);
    if (std::find(tags.tags.begin(), tags.tags.end(), tag) != tags.tags.end()) {
      found.insert(row.obligation);
    }
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
