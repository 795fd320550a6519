// What a FHIR R4 resource is to a record index: class, encounter, date, sensitivity. The rules are
// the splitter's own and simple; a hospital labels by its own terminology service.
// Thread rule: any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

namespace galen::cli::fhir {

using Json = nlohmann::ordered_json;

/// HEALTH.md's record class, e.g. "LAB"; empty for resources that are not about the patient
/// (organisations, practitioners, locations).
[[nodiscard]] std::string record_class_of(const Json& resource);

/// Reference of the encounter the resource belongs to; empty when it belongs to none.
[[nodiscard]] std::string encounter_of(const Json& resource);

/// YYYY-MM-DD of the event the resource tells of; empty when it gives none.
[[nodiscard]] std::string service_date_of(const Json& resource);

/// HL7 v3 sensitivity codes that the displayed codes of the resource call for.
[[nodiscard]] std::set<std::string> sensitivity_of(const Json& resource);

}  // namespace galen::cli::fhir
