// A bundle cut into documents, in memory. Thread rule: any thread.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <vector>

namespace galen::cli::fhir {

inline constexpr std::size_t kMaxBundleBytes = std::size_t{64} * 1024 * 1024;
inline constexpr int kMaxDepth = 100;

/// What one hospital would store as one record: a FHIR Bundle of type "collection".
struct Document {
  std::string file;  ///< "003-LAB.json"
  std::string record_class;
  std::string confidentiality;      ///< "R" when there is a label, else "N"
  std::vector<std::string> labels;  ///< sorted
  std::string service_date;         ///< YYYY-MM-DD; empty when the bundle gives none
  std::string encounter;            ///< reference in the bundle; empty when none
  std::size_t resources = 0;
  std::string json;
};

/// One document per encounter and class in the order of their first resource; what belongs to no
/// encounter makes one document per class. kMalformed unless the text is a FHIR Bundle; kTooLarge
/// above kMaxBundleBytes.
[[nodiscard]] Result<std::vector<Document>> split_bundle(const std::string& text);

/// Tab-separated with a header line: file, class, confidentiality, labels (comma or "-"),
/// service_date, encounter, resources, bytes; "-" stands for an empty field.
[[nodiscard]] std::string manifest_tsv(const std::vector<Document>& documents);

/// {"documents":[{...}]} with the same fields.
[[nodiscard]] std::string manifest_json(const std::vector<Document>& documents);

}  // namespace galen::cli::fhir
