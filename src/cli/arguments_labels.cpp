#include "cli/answer.h"
#include "cli/grammar.h"

#include <nlohmann/json.hpp>
#include <string>

namespace galen::cli {
namespace {

/// The secret a hospital makes its patients' label keys from, and a patient's own.
class LabelVerbs {
 public:
  void bind(Grammar& grammar) {
    grammar_ = &grammar;
    CLI::App* label = grammar.group("label", "keys that hide sensitivity labels");
    CLI::App* verb = grammar.verb(label,
                                  "create-secret",
                                  "makes a secret for label_secrets of profiles and the node",
                                  {"galen label create-secret --out labels.secret"},
                                  [this] { return create_secret(); });
    verb->add_option("--out", out_, "new file, mode 0600")->required();
    verb = grammar.verb(label,
                        "export-key",
                        "writes a patient's label key: for whoever gives grants for him elsewhere",
                        {"galen label export-key --patient PID --out patient.label"},
                        [this] { return export_key(); });
    verb->add_option("--patient", patient_, "patient id")->required();
    verb->add_option("--out", out_, "new file, mode 0600")->required();
  }

 private:
  [[nodiscard]] static std::string human(const std::string& file) {
    return "written to " + file + "\n";
  }

  [[nodiscard]] static std::string json(const std::string& file) {
    return nlohmann::ordered_json{{"file", file}}.dump();
  }

  [[nodiscard]] int create_secret() const {
    const auto file = client::create_label_secret(out_);
    if (!file) return report(file.failure());
    return print(grammar_->common().json ? json(*file) + "\n" : human(*file));
  }

  [[nodiscard]] int export_key() const {
    return answer(
        grammar_->common(),
        [this](client::Client& client) { return client.export_label_key(patient_, out_); },
        human,
        json);
  }

  Grammar* grammar_ = nullptr;
  std::string patient_;
  std::string out_;
};

}  // namespace

void add_label_verbs(Grammar& grammar) {
  grammar.keep<LabelVerbs>().bind(grammar);
}

}  // namespace galen::cli
