package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// api asks the Kubernetes API, always with the token of the user it asks for.
type api struct {
	base   string
	client *http.Client
}

var (
	// errToken says that the API does not know the token, or no longer.
	errToken = errors.New("the API does not accept this token: it has ended or was never valid")
	// errForbidden says that the token's account may not read this.
	errForbidden = errors.New("this account may not read these")
	errNotFound  = errors.New("the API does not have these")
)

const (
	// askTime bounds one question, answerSize its answer in bytes, rowLimit the rows of a list.
	askTime    = 10 * time.Second
	answerSize = 8 << 20
	rowLimit   = 500
)

func newAPI(base string, transport http.RoundTripper) *api {
	return &api{base, &http.Client{
		Transport:     transport,
		Timeout:       askTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// table is a list as the API prints it for kubectl (meta.k8s.io/v1 Table), so that no kind has to be known here.
type table struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Continue string `json:"continue"`
	} `json:"metadata"`
	Columns []struct {
		Name string `json:"name"`
		// Priority is 0 for what kubectl shows without -o wide.
		Priority int `json:"priority"`
	} `json:"columnDefinitions"`
	Rows []row `json:"rows"`
}

type row struct {
	Cells  []any `json:"cells"`
	Object struct {
		Metadata struct {
			CreationTimestamp time.Time `json:"creationTimestamp"`
		} `json:"metadata"`
	} `json:"object"`
}

// list is what a page shows of a table.
type list struct {
	Headings []string
	Rows     [][]string
	// Cut says that there are more rows than these.
	Cut bool
}

// list reads the objects at a path of the API.
func (a *api) list(ctx context.Context, token, path string, latestFirst bool) (list, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s%s?limit=%d", a.base, path, rowLimit), nil)
	if err != nil {
		return list{}, err
	}
	request.Header.Set("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
	var answer table
	if err := a.ask(request, token, &answer); err != nil {
		return list{}, err
	}
	if answer.Kind != "Table" {
		return list{}, fmt.Errorf("the API answers with kind %q instead of a table", answer.Kind)
	}
	if latestFirst {
		slices.SortStableFunc(answer.Rows, func(a, b row) int {
			return b.Object.Metadata.CreationTimestamp.Compare(a.Object.Metadata.CreationTimestamp)
		})
	}
	return answer.shown(), nil
}

func (t table) shown() list {
	shown := list{Cut: t.Metadata.Continue != ""}
	for _, column := range t.Columns {
		if column.Priority == 0 {
			shown.Headings = append(shown.Headings, column.Name)
		}
	}
	for _, row := range t.Rows {
		var cells []string
		for index, cell := range row.Cells {
			if index < len(t.Columns) && t.Columns[index].Priority == 0 {
				if cell == nil {
					cell = ""
				}
				cells = append(cells, fmt.Sprint(cell))
			}
		}
		shown.Rows = append(shown.Rows, cells)
	}
	return shown
}

// whoIs is the name of the account that a token is of.
func (a *api) whoIs(ctx context.Context, token string) (string, error) {
	body := `{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}`
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+"/apis/authentication.k8s.io/v1/selfsubjectreviews", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	var answer struct {
		Status struct {
			UserInfo struct {
				Username string `json:"username"`
			} `json:"userInfo"`
		} `json:"status"`
	}
	err = a.ask(request, token, &answer)
	if errors.Is(err, errForbidden) {
		// The token belongs to no account: every account that has logged in may ask this.
		return "", errToken
	}
	return answer.Status.UserInfo.Username, err
}

func (a *api) ask(request *http.Request, token string, answer any) error {
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := a.client.Do(request)
	if err != nil {
		return fmt.Errorf("the API does not answer: %w", err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK, http.StatusCreated:
		decoder := json.NewDecoder(io.LimitReader(response.Body, answerSize))
		// Otherwise a million is 1e+06.
		decoder.UseNumber()
		return decoder.Decode(answer)
	case http.StatusUnauthorized:
		return errToken
	case http.StatusForbidden:
		return errForbidden
	case http.StatusNotFound:
		return errNotFound
	default:
		return fmt.Errorf("the API answers %s", response.Status)
	}
}
